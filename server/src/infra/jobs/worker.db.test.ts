import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { aJobKind, jobDatabase, until } from '../../testing/jobs.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { enqueue, enqueueAll } from './enqueue.ts'
import { addJobMetrics } from './figures.ts'
import { bindJob, defineJob, GiveUp, JobLost } from './job.ts'

const { db, sql, rowOf, untilState, runJobs } = await jobDatabase()

describe('running', () => {
  test('a job gets its payload, its workspace and its number of attempt, and is done when its run ends', async () => {
    const seen: unknown[] = []
    const { kind, bound } = aJobKind(({ payload, workspaceId, attempt }) => {
      seen.push({ payload, workspaceId, attempt })
      return Promise.resolve()
    })
    const [job] = await db.run(enqueue(7, kind, { n: 1 }))
    const worker = runJobs([bound])
    await untilState(job!.jobId, 'completed')
    await worker.stop(1000)

    expect(seen).toEqual([{ payload: { n: 1 }, workspaceId: 7, attempt: 1 }])
    expect(worker.figures.byKind.get(kind.name)!.outcomes).toEqual(new Map([['done', 1]]))
  })

  test('jobs of higher priority go first, then those that came first', async () => {
    const order: number[] = []
    const { kind, bound } = aJobKind(({ payload }) => Promise.resolve(order.push(payload.n)))
    for (const n of [1, 2]) await db.run(enqueue(1, kind, { n }))
    for (const n of [3, 4]) await db.run(enqueue(1, kind, { n }, { priority: 5 }))
    runJobs([bound], 1)
    await until(() => order.length === 4)

    expect(order).toEqual([3, 4, 1, 2])
  })

  test('a job waits until it is due', async () => {
    const { kind, bound } = aJobKind(() => Promise.resolve())
    const [later] = await db.run(enqueue(1, kind, { n: 1 }, { delayMs: 3_600_000 }))
    const [never] = await db.run(enqueue(1, kind, { n: 1 }, { runAt: '2999-01-01T00:00:00Z' }))
    const [now] = await db.run(enqueue(1, kind, { n: 2 }))
    runJobs([bound])
    await untilState(now!.jobId, 'completed')

    expect((await rowOf(later!.jobId)).state).toBe('created')
    expect(await rowOf(never!.jobId)).toMatchObject({ state: 'created', start_after: '2999-01-01T00:00:00.000000Z' })
  })

  test('no more jobs of a kind are under way at once than it allows', async () => {
    let running = 0
    let most = 0
    const { kind, bound } = aJobKind(
      async () => {
        most = Math.max(most, ++running)
        await Bun.sleep(20)
        running--
      },
      { atOnce: 2 },
    )
    const jobs = await db.run(
      enqueueAll(
        1,
        kind,
        Array.from({ length: 8 }, (_, n) => ({ payload: { n } })),
      ),
    )
    runJobs([bound])
    for (const { jobId } of jobs) await untilState(jobId, 'completed')

    expect(most).toBe(2)
  })

  test('two workers together start no more jobs than the rate of the kind allows', async () => {
    const { kind, bound } = aJobKind(() => Promise.resolve(), { rateLimit: { jobs: 3, perMs: 3_600_000 } })
    await db.run(
      enqueueAll(
        1,
        kind,
        Array.from({ length: 10 }, (_, n) => ({ payload: { n } })),
      ),
    )
    const marker = aJobKind(() => Promise.resolve())
    const workers = [0, 1].map(() => runJobs([bound, marker.bound]))
    const countDone = async () => {
      const done = await sql(`SELECT FROM tandem_jobs.job_common WHERE name = $1 AND state = 'completed'`, [kind.name])
      return done.length
    }
    await until(async () => (await countDone()) === 3)
    // Both have looked for jobs again when these are done.
    for (let n = 0; n < 6; n++) {
      const [job] = await db.run(enqueue(1, marker.kind, { n }))
      await untilState(job!.jobId, 'completed')
    }
    expect(await countDone()).toBe(3)

    await sql(`UPDATE tandem_jobs.rate SET refilled_at = refilled_at - interval '40 minutes'`)
    await until(async () => (await countDone()) === 5)
    await Promise.all(workers.map((worker) => worker.stop(1000)))
  })
})

test('a worker says again and again that its jobs are alive', async () => {
  const { kind, bound } = aJobKind(() => new Promise(() => undefined))
  const [job] = await db.run(enqueue(1, kind, { n: 1 }))
  runJobs([bound])
  await untilState(job!.jobId, 'active')
  await sql(`UPDATE tandem_jobs.job_common SET heartbeat_on = now() - interval '5 seconds'`)
  await until(async () => {
    const [row] = await sql(
      `SELECT FROM tandem_jobs.job_common WHERE heartbeat_on > now() - interval '4 seconds' AND retry_count = 0`,
    )
    return row !== undefined
  })
})

describe('completing with the effect', () => {
  test('an effect is undone with the completion when the attempt fails within, and there once in the end', async () => {
    const { kind, bound } = aJobKind((job) =>
      job.once(async (tx) => {
        await tx.run({ text: 'INSERT INTO effect VALUES ($1)', values: [job.attempt] })
        if (job.attempt === 1) throw new Error('not yet')
      }),
    )
    const [job] = await db.run(enqueue(1, kind, { n: 1 }))
    runJobs([bound])
    await untilState(job!.jobId, 'completed')

    expect(await sql('SELECT n FROM effect')).toEqual([{ n: 2 }])
  })

  test('a job enqueues others in the transaction that completes it', async () => {
    const { kind, bound } = aJobKind((job) =>
      job.once(async (tx) => {
        await tx.run({ text: 'INSERT INTO effect VALUES ($1)', values: [job.payload.n] })
        if (job.payload.n < 3) await tx.run(enqueue(job.workspaceId, kind, { n: job.payload.n + 1 }))
      }),
    )
    await db.run(enqueue(1, kind, { n: 1 }))
    runJobs([bound])
    await until(async () => (await sql('SELECT FROM effect')).length === 3)

    expect(await sql('SELECT n FROM effect ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  })

  test('a transaction of the caller that finishes the job is undone where the job was lost', async () => {
    const thrown = Promise.withResolvers<unknown>()
    const { kind, bound } = aJobKind(async (job) => {
      await sql(`UPDATE tandem_jobs.job_common SET state = 'cancelled'`)
      const work = db.transaction(async (tx) => {
        await tx.run({ text: 'INSERT INTO effect VALUES (1)', values: [] })
        await job.finish(tx)
      })
      thrown.resolve(await work.catch((error: unknown) => error))
    })
    await db.run(enqueue(1, kind, { n: 1 }))
    runJobs([bound])

    expect(await thrown.promise).toBeInstanceOf(JobLost)
    expect(await sql('SELECT FROM effect')).toEqual([])
  })
})

describe('stopping', () => {
  test('what is not done in time is handed back, is told so, and has lost no attempt', async () => {
    const told = Promise.withResolvers<void>()
    const { kind, bound } = aJobKind(
      (job) => {
        job.signal.addEventListener('abort', () => told.resolve())
        return new Promise(() => undefined)
      },
      { maxAttempts: 1 },
    )
    const [job] = await db.run(enqueue(1, kind, { n: 1 }))
    const worker = runJobs([bound])
    await untilState(job!.jobId, 'active')
    await worker.stop(50)
    await told.promise
    expect((await rowOf(job!.jobId)).state).toBe('retry')

    runJobs([bindJob(kind, () => Promise.resolve())])
    await untilState(job!.jobId, 'completed')
  })
})

describe('cron', () => {
  test('a kind that is due every minute is run, one at a time', async () => {
    const run = Promise.withResolvers<number>()
    const everyMinute = defineJob({
      name: 'every-minute',
      payload: z.strictObject({}),
      cron: '* * * * *',
      run: (_: null, job) => Promise.resolve(run.resolve(job.workspaceId)),
    })
    const first = runJobs([bindJob(everyMinute, null)], 0)
    await until(async () => (await sql(`SELECT FROM tandem_jobs.schedule WHERE name = 'every-minute'`)).length === 1)
    await first.stop(0)
    // Schedules are looked at when a worker starts, then every half minute.
    await sql('UPDATE tandem_jobs.version SET cron_on = NULL')
    runJobs([bindJob(everyMinute, null)])

    expect(await run.promise).toBe(1)
    expect(await sql(`SELECT policy FROM tandem_jobs.job_common WHERE name = 'every-minute'`)).toEqual([
      { policy: 'exclusive' },
    ])
  })

  test('a kind enqueues itself by its expression, once whoever looks, and no more when it has none', async () => {
    const { bound } = aJobKind(() => Promise.resolve(), { cron: '*/10 * * * *' })
    const schedules = () => sql('SELECT name, cron, timezone FROM tandem_jobs.schedule')
    const workers = [runJobs([bound]), runJobs([bound])]
    await until(async () => (await schedules()).length === 1)
    expect(await schedules()).toEqual([{ name: bound.name, cron: '*/10 * * * *', timezone: 'UTC' }])
    await Promise.all(workers.map((worker) => worker.stop(0)))

    runJobs([{ ...bound, cron: null }])
    await until(async () => (await schedules()).length === 0)
  })
})

test('what jobs did, how long they waited and took is told by kind', async () => {
  const { kind, bound } = aJobKind(({ payload }) =>
    payload.n === 1 ? Promise.resolve() : Promise.reject(new GiveUp('no')),
  )
  for (const n of [1, 2]) await db.run(enqueue(1, kind, { n }))
  const worker = runJobs([bound])
  const metrics = createMetrics()
  addJobMetrics(metrics, worker.figures, db)
  await until(() => [...worker.figures.byKind.get(kind.name)!.outcomes.values()].length === 2)
  const lines = (await metrics.scrape()).split('\n').filter((line) => line.startsWith('tandem_job'))

  expect(lines).toContain(`tandem_jobs_total{kind="${kind.name}",outcome="done"} 1`)
  expect(lines).toContain(`tandem_jobs_total{kind="${kind.name}",outcome="dead"} 1`)
  expect(lines).toContain(`tandem_jobs_running{kind="${kind.name}"} 0`)
  expect(lines).toContain(`tandem_job_wait_seconds_count{kind="${kind.name}"} 2`)
  expect(lines).toContain(`tandem_job_duration_seconds_count{kind="${kind.name}"} 2`)
})
