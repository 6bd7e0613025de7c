import { describe, expect, test } from 'bun:test'
import { aJobKind, jobDatabase, until } from '../../testing/jobs.ts'
import { enqueue, enqueueAll } from './enqueue.ts'
import { GiveUp, JobLost } from './job.ts'

const { db, sql, rowOf, untilState, runJobs } = await jobDatabase()

describe('failing', () => {
  test('a job that fails is tried again after a while, until it is dead with its last error', async () => {
    const attempts: number[] = []
    const { kind, bound } = aJobKind(
      ({ attempt }) => {
        attempts.push(attempt)
        throw new Error(`failure ${attempt}`)
      },
      { maxAttempts: 2 },
    )
    const [job] = await db.run(enqueue(1, kind, { n: 1 }))
    const worker = runJobs([bound])
    const waiting = await untilState(job!.jobId, 'retry')
    expect(waiting.output).toEqual({ name: 'Error', message: 'failure 1' })
    const dead = await untilState(job!.jobId, 'failed')
    await worker.stop(1000)

    expect(attempts).toEqual([1, 2])
    expect(dead.output).toEqual({ name: 'Error', message: 'failure 2' })
    expect(worker.figures.byKind.get(kind.name)!.outcomes).toEqual(
      new Map([
        ['retry', 1],
        ['dead', 1],
      ]),
    )
  })

  test('waits double, with jitter between half and the whole of the next one, up to the longest', async () => {
    const waits: number[][] = []
    const { kind, bound } = aJobKind(() => Promise.reject(new Error('no')), {
      retryAfter: { firstS: 10, longestS: 50 },
    })
    const jobs = await db.run(
      enqueueAll(
        1,
        kind,
        Array.from({ length: 20 }, (_, n) => ({ payload: { n } })),
      ),
    )
    runJobs([bound])
    for (const retryCount of [0, 1, 2]) {
      const [before] = await sql<{ now: string }>('SELECT clock_timestamp() AS now')
      await sql('UPDATE tandem_jobs.job_common SET start_after = now()')
      await until(async () => {
        const rows = await Promise.all(jobs.map(({ jobId }) => rowOf(jobId)))
        return rows.every((row) => row.state === 'retry' && row.retry_count === retryCount)
      })
      const rows = await Promise.all(jobs.map(({ jobId }) => rowOf(jobId)))
      waits.push(rows.map((row) => (Date.parse(row.start_after) - Date.parse(before!.now)) / 1000))
    }

    // What passed before the attempts failed is in the figures, too.
    for (const [index, [least, most]] of [
      [10, 20],
      [20, 40],
      [40, 50],
    ].entries()) {
      for (const s of waits[index]!) expect(s).toBeWithin(least!, most! + 8)
      expect(new Set(waits[index]!.map(Math.round)).size).toBeGreaterThan(1)
    }
  })

  test('a job that gives up is dead at once, and so is one whose payload is not understood any more', async () => {
    const { kind, bound } = aJobKind(() => Promise.reject(new GiveUp('there is no such user')))
    const [given] = await db.run(enqueue(1, kind, { n: 1 }))
    const [odd] = await db.run(enqueue(1, kind, { n: 1 }))
    await sql(`UPDATE tandem_jobs.job_common SET data = '{"m": 1}' WHERE id = $1`, [odd!.jobId])
    runJobs([bound])

    expect((await untilState(given!.jobId, 'failed')).output).toEqual({
      name: 'GiveUp',
      message: 'there is no such user',
    })
    expect((await untilState(odd!.jobId, 'failed')).output!.message).toContain('not what this version expects')
  })

  test('an attempt out of time is told so, and can complete nothing any more', async () => {
    const late = Promise.withResolvers<unknown>()
    const { kind, bound } = aJobKind(
      async (job) => {
        await new Promise((resolve) => job.signal.addEventListener('abort', resolve))
        await untilState(job.jobId, 'failed')
        const once = job.once((tx) => tx.run({ text: 'INSERT INTO effect VALUES (1)', values: [] }))
        late.resolve(await once.catch((error: unknown) => error))
      },
      { timeoutMs: 50, maxAttempts: 1 },
    )
    const [job] = await db.run(enqueue(1, kind, { n: 1 }))
    runJobs([bound])

    expect((await untilState(job!.jobId, 'failed')).output).toEqual({
      name: 'OutOfTime',
      message: 'It took longer than 50 ms',
    })
    expect(await late.promise).toBeInstanceOf(JobLost)
    expect(await sql('SELECT FROM effect')).toEqual([])
  })

  test('a job whose worker falls silent is done by another, and the silent one can complete nothing', async () => {
    const gate = Promise.withResolvers<void>()
    const ends: string[] = []
    const { kind, bound } = aJobKind(async (job) => {
      if (job.attempt === 1) await gate.promise
      await job
        .once((tx) => tx.run({ text: 'INSERT INTO effect VALUES ($1)', values: [job.attempt] }))
        .then(
          () => ends.push(`done ${job.attempt}`),
          (error: Error) => ends.push(`${error.name} ${job.attempt}`),
        )
    })
    const [job] = await db.run(enqueue(1, kind, { n: 1 }))
    runJobs([bound])
    await untilState(job!.jobId, 'active')
    await sql(`UPDATE tandem_jobs.job_common SET heartbeat_on = now() - interval '1 minute'`)
    await untilState(job!.jobId, 'completed')
    gate.resolve()
    await until(() => ends.length === 2)

    expect(ends).toEqual(['done 2', 'JobLost 1'])
    expect(await sql('SELECT n FROM effect')).toEqual([{ n: 2 }])
  })
})
