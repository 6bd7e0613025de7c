import { afterAll, expect, test } from 'bun:test'
import { startCollector } from '../../testing/collector.ts'
import { aJobKind, jobDatabase } from '../../testing/jobs.ts'
import { startServer } from '../../testing/server.ts'
import { traceDatabase } from '../db/traced-database.ts'
import { createLogger } from '../telemetry/logger.ts'
import { openTracing } from '../telemetry/otlp.ts'
import { traceFields } from '../telemetry/tracing.ts'
import { enqueue } from './enqueue.ts'
import { GiveUp, type BoundJob } from './job.ts'
import { startJobWorker } from './worker.ts'

const collector = startCollector()
afterAll(() => collector.stop())
const database = await jobDatabase()
const { db, sql, untilState } = database
const written: Record<string, unknown>[] = []
const log = createLogger(
  'info',
  false,
  { write: (line: string) => void written.push(JSON.parse(line) as Record<string, unknown>) },
  { fields: traceFields },
)

function open(ratio: number) {
  const fixed = { headers: {}, serviceName: 'tandem', serviceVersion: '1', onFailure: () => undefined }
  return openTracing({ endpoint: collector.url, ratio, ...fixed })
}

/** Enqueues a job within a span, runs it, and gives the spans there were. */
async function traced(kind: ReturnType<typeof aJobKind>, ratio: number, endState: string) {
  const tracing = open(ratio)
  const tracedDb = traceDatabase(db, tracing)
  const jobId = await tracing.span('asked', {}, async () => {
    const [job] = await tracedDb.run(enqueue(1, kind.kind, { n: 1 }))
    return job!.jobId
  })
  const kinds: readonly BoundJob[] = [kind.bound]
  const worker = startJobWorker({ db: tracedDb, databaseUrl: database.url, kinds, atOnce: 1, log, tracing })
  await untilState(jobId, endState)
  await worker.stop(2000)
  await tracing.close()
  return { jobId, spans: collector.take() }
}

test('a job runs in the trace that enqueued it, and so do its statements and its log lines', async () => {
  const payloads: unknown[] = []
  const kind = aJobKind((job) => {
    payloads.push(job.payload)
    return job.once(async (tx) => tx.run({ text: 'INSERT INTO effect VALUES (1)', values: [] }))
  })
  const { jobId, spans } = await traced(kind, 1, 'completed')
  const asked = spans.find(({ name }) => name === 'asked')!
  const run = spans.find(({ name }) => name === `job ${kind.kind.name}`)!

  expect(run).toMatchObject({
    traceId: asked.traceId,
    parentSpanId: asked.spanId,
    kind: 5,
    attributes: { 'tandem.job.id': jobId, 'tandem.job.attempt': 1, 'tandem.job.outcome': 'done' },
    hasFailed: false,
  })
  expect(spans.find(({ name }) => name === 'INSERT')!.traceId).toBe(asked.traceId)
  expect(payloads).toEqual([{ n: 1 }])
})

test('a job that dies is marked, its log line names the trace, and the list shows the payload it was given', async () => {
  const kind = aJobKind(() => Promise.reject(new GiveUp('no such user')))
  const { jobId, spans } = await traced(kind, 1, 'failed')
  const { body } = await startServer(database).get('/job/list')
  const run = spans.find(({ name }) => name === `job ${kind.kind.name}`)!

  expect(run).toMatchObject({ attributes: { 'tandem.job.outcome': 'dead' }, hasFailed: true })
  expect(written).toContainEqual(
    expect.objectContaining({ msg: 'a job is dead', job_id: jobId, trace_id: run.traceId, span_id: run.spanId }),
  )
  expect(body.jobs[0]).toMatchObject({ job_id: jobId, payload: { n: 1 } })
  expect(Object.keys(body.jobs[0].payload)).toEqual(['n'])
})

test('where the trace is not kept, nothing of it is stored', async () => {
  const kind = aJobKind(() => Promise.resolve())
  const { jobId, spans } = await traced(kind, 0, 'completed')

  expect(await sql('SELECT data FROM tandem_jobs.job_common WHERE id = $1', [jobId])).toEqual([{ data: { n: 1 } }])
  expect(spans).toEqual([])
})

test('a payload with a field of that name is refused, for it could not be told apart', () => {
  const { kind } = aJobKind(() => Promise.resolve())
  const careless = { ...kind, payload: { parse: () => undefined } as never }

  expect(() => enqueue(1, careless, { n: 1, traceparent: 'mine' } as never)).toThrow('traceparent')
})
