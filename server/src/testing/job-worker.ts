import { parseArgs } from 'node:util'
import { z } from 'zod'
import { openDatabase, type Db } from '../infra/db/database.ts'
import { bindJob, defineJob } from '../infra/jobs/job.ts'
import { startJobWorker } from '../infra/jobs/worker.ts'
import { createLogger } from '../infra/telemetry/logger.ts'

/** Leaves a row in the table `effect`, which keeps every one it gets. */
export const leaveEffect = defineJob({
  name: 'leave-effect',
  payload: z.strictObject({ n: z.int(), holdMs: z.int() }),
  maxAttempts: 20,
  timeoutMs: 2000,
  retryAfter: { firstS: 1, longestS: 1 },
  run: ({ db, pid }: { db: Db; pid: number }, job) =>
    job.once(async (tx) => {
      await tx.run({ text: 'INSERT INTO effect (n, pid) VALUES ($1, $2)', values: [job.payload.n, pid] })
      // Beside the transaction: what was begun, whether or not it was done.
      await db.run({ text: 'INSERT INTO began (n, pid) VALUES ($1, $2)', values: [job.payload.n, pid] })
      await Bun.sleep(job.payload.holdMs)
    }),
})

/** Runs jobs until SIGTERM, as a process of its own: `bun job-worker.ts --url … --at-once 10`. */
async function work(): Promise<void> {
  const { values } = parseArgs({ options: { url: { type: 'string' }, 'at-once': { type: 'string', default: '10' } } })
  const log = createLogger('info', false)
  const atOnce = Number(values['at-once'])
  const database = { url: values.url!, poolSize: atOnce * 2, connectTimeoutMs: 5000, statementTimeoutMs: 10_000 }
  const db = openDatabase({ ...database, onError: () => undefined })
  const kinds = [bindJob(leaveEffect, { db, pid: process.pid })]
  const worker = startJobWorker({ db, databaseUrl: values.url!, kinds, atOnce, log })
  await new Promise((resolve) => process.once('SIGTERM', resolve))
  await worker.stop(3000)
  await db.close()
}

if (import.meta.main) {
  await work()
  process.exit(0)
}
