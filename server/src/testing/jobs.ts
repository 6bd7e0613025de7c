import { afterAll, afterEach, beforeEach } from 'bun:test'
import { z } from 'zod'
import { openDatabase } from '../infra/db/database.ts'
import { bindJob, defineJob, type BoundJob, type Job, type JobKind } from '../infra/jobs/job.ts'
import { startJobWorker, type JobWorker } from '../infra/jobs/worker.ts'
import { createLogger } from '../infra/telemetry/logger.ts'
import { freshDatabase } from './database.ts'

type Run = (job: Job<{ n: number }>) => Promise<unknown>
type Options = Partial<Pick<JobKind, 'maxAttempts' | 'timeoutMs' | 'retryAfter' | 'rateLimit' | 'atOnce' | 'cron'>>
let kinds = 0

/** A kind of its own for each test, that does what `run` does. */
export function aJobKind(run: Run, options: Options = {}) {
  const kind = defineJob({
    name: `kind-${++kinds}`,
    payload: z.strictObject({ n: z.int() }),
    retryAfter: { firstS: 1, longestS: 1 },
    ...options,
    run: (deps: Run, job) => deps(job),
  })
  return { kind, bound: bindJob(kind, run) }
}

type Row = { state: string; retry_count: number; output: { name: string; message: string } | null; start_after: string }

/** A database with the table `effect`, and eyes on its jobs. */
export async function jobDatabase() {
  const database = await freshDatabase()
  const options = { poolSize: 8, connectTimeoutMs: 5000, statementTimeoutMs: 20_000, onError: () => undefined }
  const db = openDatabase({ url: database.url, ...options })
  afterAll(() => db.close())
  await database.sql('CREATE TABLE effect (n integer)')
  beforeEach(() => database.sql('TRUNCATE effect, tandem_jobs.job_common, tandem_jobs.rate, tandem_jobs.schedule'))

  async function rowOf(jobId: string): Promise<Row> {
    const [row] = await database.sql<Row>('SELECT * FROM tandem_jobs.job_common WHERE id = $1', [jobId])
    return row!
  }
  async function untilState(jobId: string, state: string): Promise<Row> {
    await until(async () => (await rowOf(jobId)).state === state)
    return rowOf(jobId)
  }
  /** Runs jobs of these kinds in this process, until the test ends. */
  function runJobs(bound: readonly BoundJob[], atOnce = 10): JobWorker {
    const log = createLogger('silent', false)
    const worker = startJobWorker({ db, databaseUrl: database.url, kinds: bound, atOnce, log })
    workers.push(worker)
    return worker
  }
  const workers: JobWorker[] = []
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop(0)))
  })
  return { ...database, db, rowOf, untilState, runJobs }
}

export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(10)
}
