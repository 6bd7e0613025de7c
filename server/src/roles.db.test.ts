import { expect, test } from 'bun:test'
import { freshDatabase } from './testing/database.ts'
import { startServerProcess } from './testing/server.ts'

const KIND = 'forget-idempotency-keys'
const database = await freshDatabase()

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(20)
}

async function isScheduled(): Promise<boolean> {
  return (await database.sql('SELECT FROM tandem_jobs.schedule WHERE name = $1', [KIND])).length > 0
}

async function waitingJobs(): Promise<number> {
  const jobs = await database.sql(`SELECT FROM tandem_jobs.job_common WHERE name = $1 AND state <> 'completed'`, [KIND])
  return jobs.length
}

test('an api process answers and leaves jobs to a worker, which answers for its health only', async () => {
  const api = await startServerProcess({ DATABASE_URL: database.url }, ['--role', 'api'])
  await database.sql(`SELECT tandem_jobs.create_queue($1, '{"policy": "exclusive"}')`, [KIND])
  await database.sql(`INSERT INTO tandem_jobs.job_common (name, group_id, data) VALUES ($1, '1', '{}')`, [KIND])
  expect((await api.get('/team/list')).status).toBe(200)
  expect(await waitingJobs()).toBe(1)
  expect(await isScheduled()).toBeFalse()

  const worker = await startServerProcess({ DATABASE_URL: database.url }, ['--role', 'worker', '--workers', '2'])
  await until(async () => (await waitingJobs()) === 0)
  await until(isScheduled)
  const statuses = await Promise.all(['/healthz', '/readyz', '/team/list', '/docs'].map((path) => worker.get(path)))
  expect(statuses.map(({ status }) => status)).toEqual([200, 200, 404, 404])
  const metrics = await (await fetch(`${worker.url}/metrics`)).text()
  expect(metrics).toContain(`tandem_jobs_total{kind="${KIND}",outcome="done"} 1`)
  expect(await (await fetch(`${api.url}/metrics`)).text()).not.toContain('tandem_jobs')

  for (const server of [api, worker]) server.kill('SIGTERM')
  expect(await Promise.all([api.exited, worker.exited])).toEqual([0, 0])
})
