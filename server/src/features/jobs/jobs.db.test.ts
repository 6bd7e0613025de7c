import { beforeEach, describe, expect, test } from 'bun:test'
import { randomUUID } from 'node:crypto'
import { enqueue, enqueueAll } from '../../infra/jobs/enqueue.ts'
import { GiveUp } from '../../infra/jobs/job.ts'
import { aJobKind, jobDatabase } from '../../testing/jobs.ts'
import { startServer } from '../../testing/server.ts'
import { forgetOldKeysJob } from './forget-old-keys.ts'

const database = await jobDatabase()
const { db, sql, untilState, runJobs } = database
const api = startServer(database)
beforeEach(() => sql('TRUNCATE idempotency'))

/** A job that has died, and its kind. */
async function aDeadJob(kind = aJobKind(() => Promise.reject(new GiveUp('there is no such user')))) {
  const [job] = await db.run(enqueue(1, kind.kind, { n: 7 }))
  const worker = runJobs([kind.bound])
  await untilState(job!.jobId, 'failed')
  await worker.stop(1000)
  return { jobId: job!.jobId, name: kind.kind.name }
}

describe('the list of jobs', () => {
  test('shows dead ones with their error unless asked for others', async () => {
    const { jobId, name } = await aDeadJob()
    await db.run(enqueue(1, aJobKind(() => Promise.resolve()).kind, { n: 8 }))
    const { status, body } = await api.get('/job/list')

    expect(status).toBe(200)
    expect(body).toEqual({
      jobs: [
        {
          job_id: jobId,
          kind: name,
          state: 'dead',
          payload: { n: 7 },
          priority: 0,
          attempts: 1,
          max_attempts: 10,
          created_at: expect.stringMatching(/Z$/),
          due_at: expect.stringMatching(/Z$/),
          started_at: expect.stringMatching(/Z$/),
          ended_at: expect.stringMatching(/Z$/),
          error: 'there is no such user',
        },
      ],
      next_cursor: null,
    })
  })

  test('shows those that wait, and of one kind where asked to', async () => {
    const [one, other] = [aJobKind(() => Promise.resolve()).kind, aJobKind(() => Promise.resolve()).kind]
    await db.run(enqueue(1, one, { n: 1 }, { priority: 3 }))
    await db.run(enqueue(1, other, { n: 2 }))
    await db.run(enqueue(2, other, { n: 3 }))
    const all = await api.get('/job/list', { state: 'waiting' })
    const some = await api.get('/job/list', { state: 'waiting', kind: one.name })

    expect(all.body.jobs.map((job: { payload: unknown }) => job.payload)).toEqual([{ n: 2 }, { n: 1 }])
    expect(some.body.jobs).toMatchObject([{ kind: one.name, priority: 3, attempts: 0, started_at: null, error: null }])
  })

  test('page after page shows every job once, the newest first, though many came at once', async () => {
    const { kind } = aJobKind(() => Promise.resolve())
    const five = (at: number) => Array.from({ length: 5 }, () => ({ payload: { n: at } }))
    for (const at of [0, 1, 2]) await db.run(enqueueAll(1, kind, five(at)))
    const seen: { job_id: string; payload: { n: number } }[] = []
    let cursor: string | null = null
    do {
      const query: Record<string, string> = { state: 'waiting', limit: '4', ...(cursor === null ? {} : { cursor }) }
      const { body } = await api.get('/job/list', query)
      seen.push(...body.jobs)
      cursor = body.next_cursor
    } while (cursor !== null)

    expect(new Set(seen.map((job) => job.job_id)).size).toBe(15)
    expect(seen.map((job) => job.payload.n)).toEqual([...Array(5).fill(2), ...Array(5).fill(1), ...Array(5).fill(0)])
  })

  test.each([
    { state: 'sleeping' },
    { cursor: 'x' },
    { cursor: Buffer.from('["a","b"]').toString('base64url') },
    { limit: '0' },
  ])('refuses %j', async (query) => {
    const { status, body } = await api.get('/job/list', query)

    expect([status, body.error.code]).toEqual([400, 'INVALID_REQUEST'])
  })
})

describe('retrying a job', () => {
  test('a dead job is done after all, with as many attempts as a new one', async () => {
    let isFixed = false
    const kind = aJobKind(() => (isFixed ? Promise.resolve() : Promise.reject(new GiveUp('broken'))), {
      maxAttempts: 4,
    })
    const { jobId } = await aDeadJob(kind)
    isFixed = true
    const { status, body } = await api.post('/job/retry', { job_id: jobId })

    expect(status).toBe(200)
    expect(body.job).toMatchObject({ job_id: jobId, state: 'retrying', ended_at: null, attempts: 1, max_attempts: 5 })
    runJobs([kind.bound])
    await untilState(jobId, 'completed')
    expect((await api.get('/job/list')).body.jobs).toEqual([])
    expect((await api.get('/job/list', { state: 'done' })).body.jobs).toMatchObject([{ job_id: jobId, error: null }])
  })

  test('one that dies again has had all its attempts', async () => {
    const attempts: number[] = []
    const kind = aJobKind(
      (job) => {
        attempts.push(job.attempt)
        return Promise.reject(new Error('broken'))
      },
      { maxAttempts: 2 },
    )
    const { jobId } = await aDeadJob(kind)
    await api.post('/job/retry', { job_id: jobId })
    await sql('UPDATE tandem_jobs.job_common SET retry_delay_max = 0')
    runJobs([kind.bound])
    await untilState(jobId, 'failed')

    expect(attempts).toEqual([1, 2, 3, 4])
  })

  test('a repeated call with the same key retries once', async () => {
    const { jobId } = await aDeadJob()
    const retry = () => api.post('/job/retry', { job_id: jobId }, { 'Idempotency-Key': 'again' })
    const first = await retry()
    await sql(`UPDATE tandem_jobs.job_common SET state = 'completed'`)

    expect(await retry()).toMatchObject({ status: 200, body: first.body })
  })

  test('a job that is not dead is left alone', async () => {
    const [job] = await db.run(enqueue(1, aJobKind(() => Promise.resolve()).kind, { n: 1 }))
    const { status, body } = await api.post('/job/retry', { job_id: job!.jobId })

    expect([status, body.error]).toEqual([
      409,
      { code: 'JOB_NOT_DEAD', message: 'The job is waiting; only a dead one can be retried.' },
    ])
  })

  test('a job that is not there, or of another workspace, is not found', async () => {
    const [job] = await db.run(enqueue(2, aJobKind(() => Promise.resolve()).kind, { n: 1 }))
    for (const jobId of [randomUUID(), job!.jobId]) {
      const { status, body } = await api.post('/job/retry', { job_id: jobId })
      expect([status, body.error.code]).toEqual([404, 'NOT_FOUND'])
    }
  })

  test('a job in whose place another of the same key has come stays dead', async () => {
    const { kind } = aJobKind(() => Promise.resolve())
    const unique = { key: 'a', while: 'unfinished' } as const
    const [first] = await db.run(enqueue(1, kind, { n: 1 }, { unique }))
    await sql(`UPDATE tandem_jobs.job_common SET state = 'failed'`)
    await db.run(enqueue(1, kind, { n: 1 }, { unique }))

    for (const headers of [{}, { 'Idempotency-Key': 'k' }]) {
      const { status, body } = await api.post('/job/retry', { job_id: first!.jobId }, headers)
      expect([status, body.error.code]).toEqual([409, 'JOB_REPLACED'])
    }
  })

  test.each([{}, { job_id: 'x' }, { job_id: randomUUID(), more: 1 }])('refuses %j', async (body) => {
    expect((await api.post('/job/retry', body)).status).toBe(400)
  })
})

test('all idempotency keys that are old are forgotten, and no others', async () => {
  await sql(
    `INSERT INTO idempotency SELECT 1, 'old' || n, 'f', '{}', now() - interval '25 hours' FROM generate_series(1, 12000) AS g (n)`,
  )
  await sql(`INSERT INTO idempotency VALUES (1, 'new', 'f', '{}', now() - interval '23 hours')`)
  const signal = new AbortController().signal
  const job = { jobId: randomUUID(), workspaceId: 1, payload: {}, attempt: 1, signal }
  const never = () => Promise.reject(new Error('not used'))
  await forgetOldKeysJob.run({ db, hours: 24 }, { ...job, once: never, finish: never })

  expect(await sql('SELECT idempotency_key FROM idempotency')).toEqual([{ idempotency_key: 'new' }])
})
