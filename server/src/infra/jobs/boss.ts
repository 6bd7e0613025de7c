import { PgBoss } from 'pg-boss'
import type { Executor } from '../db/database.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { BoundJob } from './job.ts'
import type { Claim } from './queries.ts'
import { QUEUE_POLICY, queueOptions } from './queue-options.ts'

export const SCHEMA = 'tandem_jobs'
/** For cron and housekeeping; jobs are taken and settled through the pool of the process. */
const CONNECTIONS = 2
/** How often what is kept no longer is deleted. */
const DELETE_EVERY_S = 3600
const SCHEDULE_WORKSPACE_ID = 1

/** A job just taken, as far as it matters here. */
export type Taken = Claim & { data: unknown; groupId: string; retryLimit: number; startAfter: string }

/** What of pg-boss is used by whoever runs jobs. The tables are those of our migrations. */
export type Boss = {
  /** Takes up to `limit` jobs that are due, those of the highest priority first. */
  take: (executor: Executor, kind: string, limit: number) => Promise<Taken[]>
  /** Sets them back for another attempt, or to dead after the last one; those not held any more stay as they are. */
  fail: (executor: Executor, claim: Claim, failure: object) => Promise<{ isOurs: boolean }>
  close: () => Promise<void>
}

/** Starts cron and housekeeping; many processes may, and share the work. */
export async function openBoss(url: string, kinds: readonly BoundJob[], log: Logger): Promise<Boss> {
  const boss = new PgBoss({
    connectionString: url,
    schema: SCHEMA,
    max: CONNECTIONS,
    application_name: 'tandem-jobs',
    migrate: false,
    createSchema: false,
    maintenanceIntervalSeconds: DELETE_EVERY_S,
  })
  boss.on('error', (error) => log.warn({ err: error }, 'the housekeeping of jobs failed; it is tried again'))
  boss.on('warning', ({ message }) => log.warn({ reason: message }, 'a warning about jobs'))
  const close = () => boss.stop({ graceful: false })
  try {
    await boss.start()
    for (const kind of kinds) await keepQueue(boss, kind)
    await keepSchedules(boss, kinds)
  } catch (error) {
    await close()
    throw error
  }
  return {
    take: async (executor, kind, limit) =>
      (await boss.fetch(kind, {
        batchSize: limit,
        includeMetadata: true,
        db: through(executor),
      })) as unknown as Taken[],
    async fail(executor, claim, failure) {
      // The package's types leave out what it answers.
      const answer = (await boss.fail(claim.name, [claim], failure, { db: through(executor) })) as { affected: number }
      return { isOurs: answer.affected > 0 }
    },
    close,
  }
}

async function keepQueue(boss: PgBoss, kind: BoundJob): Promise<void> {
  await boss.createQueue(kind.name, { policy: QUEUE_POLICY, ...queueOptions(kind) })
  await boss.updateQueue(kind.name, queueOptions(kind))
}

/** The schedules are those of this version, and no others. */
async function keepSchedules(boss: PgBoss, kinds: readonly BoundJob[]): Promise<void> {
  for (const { name, cron } of kinds) {
    if (cron !== null) await boss.schedule(name, cron, {}, { tz: 'UTC', group: { id: String(SCHEDULE_WORKSPACE_ID) } })
  }
  const current = new Set(kinds.filter(({ cron }) => cron !== null).map(({ name }) => name))
  for (const { name } of await boss.getSchedules()) {
    if (!current.has(name)) await boss.unschedule(name)
  }
}

function through(executor: Executor) {
  return {
    executeSql: async (text: string, values: unknown[] = []) => ({
      rows: await executor.run<object>({ text, values }),
    }),
  }
}
