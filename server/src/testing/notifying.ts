import { afterAll } from 'bun:test'
import { randomUUID } from 'node:crypto'
import { contextOf } from '../app.ts'
import { createNotifications, type NotificationOptions } from '../features/notifications/notifications.ts'
import { createFollower } from '../features/notifications/relay/follow-events.ts'
import { remindSome } from '../features/notifications/reminders/remind.ts'
import { sendNotifications } from '../features/notifications/sending/job.ts'
import { createOwners } from '../features/owners/index.ts'
import { createPeople } from '../features/people/index.ts'
import { createReviews } from '../features/reviews/index.ts'
import { createSettled } from '../infra/events/settled.ts'
import { JobLost, type Job } from '../infra/jobs/job.ts'
import { completeJob, type Claim } from '../infra/jobs/queries.ts'
import { connectTo, type TestDatabase } from './database.ts'

type Payload = Parameters<typeof sendNotifications.run>[1]['payload']
type Row = Claim & { data: Payload; run_in_ms: number }

const usual: NotificationOptions = {
  smtpUrl: undefined,
  mailFrom: 'Tandem <tandem@tandem.example>',
  telegram: { token: undefined, apiUrl: 'https://api.telegram.org' },
  publicUrl: 'https://tandem.example',
  linkSecret: 's'.repeat(32),
  allowPrivate: true,
}

/** What a worker does for notifications, step by step, at a time of the test's choosing. */
export function notifyingOn(database: TestDatabase, options: Partial<NotificationOptions> = {}) {
  const db = connectTo(database, { poolSize: 8, statementTimeoutMs: 20_000 })
  afterAll(() => db.close())
  let offsetMs = 0
  const context = { ...contextOf(db), nowMs: () => Date.now() + offsetMs }
  const people = createPeople(context)
  const reviews = createReviews(context, { rosters: people.rosters, owners: createOwners(context).files })
  const deps = createNotifications(context, { reviews, settled: createSettled(db) }, { ...usual, ...options })
  const follower = createFollower(deps)

  /** Takes the jobs that wait, whenever they are due, and makes one attempt at each; gives how each ended. */
  async function sendAll(): Promise<PromiseSettledResult<unknown>[]> {
    const taken = await database.sql<Row>(
      `UPDATE tandem_jobs.job_common SET state = 'active', retry_count = retry_count + (state = 'retry')::int
       WHERE name = 'send-notifications' AND state IN ('created', 'retry')
       RETURNING name, id, retry_count AS "retryCount", data`,
    )
    return Promise.allSettled(taken.map((row) => attempt(row)))
  }
  async function attempt({ data, ...claim }: Row): Promise<void> {
    const signal = new AbortController().signal
    const finish: Job<Payload>['finish'] = async (tx) => {
      if ((await tx.run(completeJob(claim))).length === 0) throw new JobLost('it is gone')
    }
    const once = () => Promise.reject(new Error('not used'))
    const job = { jobId: randomUUID(), workspaceId: 1, payload: data, attempt: 1, signal, finish, once }
    try {
      await sendNotifications.run(deps, job)
      await db.run(completeJob(claim))
    } catch (error) {
      await database.sql(`UPDATE tandem_jobs.job_common SET state = 'retry' WHERE id = $1 AND state = 'active'`, [
        claim.id,
      ])
      throw error
    }
  }
  return {
    deps,
    db,
    follow: () => follower.follow(),
    /** Another process that follows. */
    another: () => createFollower({ ...deps, settled: createSettled(db) }),
    sendAll,
    /** All that has happened is told, as far as it is taken. */
    async tell(): Promise<PromiseSettledResult<unknown>[]> {
      await settle()
      return sendAll()
    },
    remind: () => remindSome(deps),
    /** From now on it is so much later. */
    later: (ms: number) => void (offsetMs += ms),
    setNow: (text: string) => void (offsetMs = Date.parse(text) - Date.now()),
    /** In how many minutes each job is due that waits. */
    async dueInMinutes(): Promise<number[]> {
      const rows = await database.sql<{ minutes: number }>(
        `SELECT round(extract(epoch FROM start_after - now()) / 60)::int AS minutes FROM tandem_jobs.job_common
         WHERE name = 'send-notifications' AND state IN ('created', 'retry') ORDER BY start_after`,
      )
      return rows.map(({ minutes }) => minutes)
    },
  }

  /** Transactions of other tests may hold the log up. */
  async function settle(): Promise<void> {
    for (let quietRounds = 0; quietRounds < 2;) {
      await deps.settled.catchUp(5000)
      quietRounds = (await follower.follow()) === 0 ? quietRounds + 1 : 0
    }
  }
}
