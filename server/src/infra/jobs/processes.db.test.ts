import { afterAll, beforeEach, expect, test } from 'bun:test'
import { join } from 'node:path'
import { connectTo, freshDatabase } from '../../testing/database.ts'
import { leaveEffect } from '../../testing/job-worker.ts'
import { enqueueAll } from './enqueue.ts'

/** The measure is 10,000: JOBS_IN_TEST=10000. */
const JOBS = Number(process.env['JOBS_IN_TEST'] ?? 2000)
const database = await freshDatabase()
const db = connectTo(database, { poolSize: 4, statementTimeoutMs: 20_000 })
afterAll(() => db.close())
await database.sql('CREATE TABLE effect (n integer, pid integer)')
await database.sql('CREATE TABLE began (n integer, pid integer)')
beforeEach(async () => {
  await database.sql('TRUNCATE effect, began, tandem_jobs.job_common')
})

function startWorker(atOnce = 10) {
  const script = join(import.meta.dir, '../../testing/job-worker.ts')
  const child = Bun.spawn([process.execPath, script, '--url', database.url, '--at-once', String(atOnce)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  afterAll(() => child.kill('SIGKILL'))
  return child
}

async function enqueueMany(count: number, holdMs = 0): Promise<void> {
  const jobs = Array.from({ length: count }, (_, n) => ({ payload: { n, holdMs } }))
  const rows = await db.run(enqueueAll(1, leaveEffect, jobs))
  expect(rows).toHaveLength(count)
}

async function countOf(table: string): Promise<number> {
  const [row] = await database.sql<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)
  return row!.n
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(20)
}

test(`of ${JOBS} jobs over three workers of which two are killed, each has its effect exactly once`, async () => {
  await enqueueMany(JOBS)
  const workers = [startWorker(), startWorker(), startWorker()]
  const killedAt = [0.15, 0.45].map((share) => JOBS * (share + Math.random() * 0.2))
  for (const [index, at] of killedAt.entries()) {
    await until(async () => (await countOf('effect')) >= at)
    workers[index]!.kill('SIGKILL')
  }
  await until(async () => (await countOf(`tandem_jobs.job_common WHERE state = 'completed'`)) === JOBS)

  const doubled = await database.sql('SELECT n FROM effect GROUP BY n HAVING count(*) > 1')
  expect(doubled).toEqual([])
  expect(await countOf('effect')).toBe(JOBS)
  expect((await database.sql('SELECT DISTINCT pid FROM effect')).length).toBe(3)
}, 180_000)

test('a job whose worker is killed in the middle is done by another, with one effect', async () => {
  await enqueueMany(1, 1000)
  const first = startWorker()
  await until(async () => (await countOf('began')) === 1)
  first.kill('SIGKILL')
  const second = startWorker()
  await until(async () => (await countOf('effect')) === 1)

  expect(await database.sql('SELECT n, pid FROM effect')).toEqual([{ n: 0, pid: second.pid }])
  expect(await database.sql('SELECT pid FROM began ORDER BY pid = $1', [second.pid])).toEqual([
    { pid: first.pid },
    { pid: second.pid },
  ])
}, 60_000)

test('a worker that is asked to stop finishes what it has begun, takes nothing more, and ends well', async () => {
  await enqueueMany(30, 500)
  const worker = startWorker(10)
  await until(async () => (await countOf('began')) === 10)
  worker.kill('SIGTERM')

  expect(await worker.exited).toBe(0)
  expect(await countOf('effect')).toBe(10)
  expect(await countOf(`tandem_jobs.job_common WHERE state = 'completed'`)).toBe(10)
  expect(await countOf(`tandem_jobs.job_common WHERE state = 'created'`)).toBe(20)
})
