import { expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from './testing/builders.ts'
import { freshDatabase } from './testing/database.ts'
import { until } from './testing/jobs.ts'
import { startServerProcess } from './testing/server.ts'
import { CALLER, KEPT, lines, tracedServers } from './testing/traced-server.ts'

const { collector, start: startTraced, end } = tracedServers()

test('a request is a span of its caller’s trace, its batch and its statements are below it, and the log names the trace', async () => {
  const server = await startTraced({ FILL_SEATS_EVERY_MS: '20' })
  await aTeam(server, { name: 'payments', members: ids('u', 4) })
  const body = JSON.stringify(aPullRequest({ id: 'secret-id', author: 'u1' }))
  const headers = { 'Content-Type': 'application/json', traceparent: KEPT, 'X-Request-Id': 'r-1' }
  const answer = await fetch(`${server.url}/pullRequest/create`, { method: 'POST', headers, body })
  expect(answer.status).toBe(201)
  await fetch(`${server.url}/metrics`, { headers: { traceparent: KEPT } })

  const all = await end(server)
  const spans = all.filter(({ traceId }) => traceId === CALLER.traceId)
  const request = spans.find(({ parentSpanId }) => parentSpanId === CALLER.spanId)
  expect(request).toMatchObject({
    name: 'POST /pullRequest/create',
    kind: 2,
    service: 'tandem',
    attributes: { 'http.route': '/pullRequest/create', 'http.response.status_code': 201, 'tandem.request_id': 'r-1' },
  })
  const batches = spans.filter(({ name }) => name.startsWith('batch '))
  expect(batches).not.toBeEmpty()
  for (const batch of batches) {
    expect(batch).toMatchObject({ parentSpanId: request!.spanId, attributes: { 'tandem.batch.size': 1 } })
    expect(batch.links).toEqual([request!.spanId])
  }
  expect(request!.links).toEqual(batches.map(({ spanId }) => spanId))
  const statements = spans.filter(({ attributes }) => attributes['db.system.name'] === 'postgresql')
  expect(statements.map(({ name }) => name).join()).toMatch(/insert-(assumed-)?pull-requests/)
  const known = new Set(spans.map(({ spanId }) => spanId))
  for (const { parentSpanId } of statements) expect(known.has(parentSpanId)).toBeTrue()
  expect(JSON.stringify(statements)).not.toContain('secret-id')
  expect(spans.some(({ name }) => name.includes('metrics'))).toBeFalse()
  expect(all.find(({ name }) => name === 'fill empty seats of reviewers')?.parentSpanId).toBe('')
  expect(lines(server.output())).toContainEqual(
    expect.objectContaining({ msg: 'request', request_id: 'r-1', trace_id: CALLER.traceId, span_id: request!.spanId }),
  )
  expect(collector.authorization()).toBe('Bearer secret')
})

test('calls that share a batch are all linked with it', async () => {
  const server = await startTraced()
  await aTeam(server, { name: 'payments', members: ids('u', 4) })
  const created = ids('pr-', 40).map((id) => server.post('/pullRequest/create', aPullRequest({ id, author: 'u1' })))
  expect((await Promise.all(created)).map(({ status }) => status)).toEqual(created.map(() => 201))

  const spans = await end(server)
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const batches = spans.filter(({ name, links }) => name.startsWith('batch ') && links.length > 1)
  expect(batches).not.toBeEmpty()
  for (const batch of batches) {
    expect(batch.attributes['tandem.batch.size']).toBe(batch.links.length)
    expect(batch.parentSpanId).toBe(batch.links[0]!)
    for (const link of batch.links) expect(byId.get(link)?.links).toContain(batch.spanId)
  }
})

test('of what nobody keeps nothing is sent, and the log names the trace all the same', async () => {
  const server = await startTraced({ OTEL_TRACES_SAMPLER_ARG: '0' })
  await aTeam(server, { name: 'payments', members: ids('u', 4) })
  const kept = await fetch(`${server.url}/team/get?team_name=payments`, { headers: { traceparent: KEPT } })
  const dropped = await fetch(`${server.url}/team/get?team_name=payments`, {
    headers: { traceparent: KEPT.replace(/01$/, '00').replace(CALLER.traceId, 'a'.repeat(32)) },
  })
  expect([kept.status, dropped.status]).toEqual([200, 200])

  const spans = await end(server)
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([CALLER.traceId]))
  const traces = lines(server.output()).flatMap(({ msg, trace_id }) => (msg === 'request' ? [trace_id] : []))
  expect(traces).toHaveLength(3)
  expect(traces.slice(1)).toEqual([CALLER.traceId, 'a'.repeat(32)])
})

test('without a collector the log still names the trace of whoever asked', async () => {
  const { url } = await freshDatabase()
  const server = await startServerProcess({ DATABASE_URL: url, LOG_LEVEL: 'info' })
  await fetch(`${server.url}/team/get?team_name=none`, { headers: { traceparent: KEPT } })
  await fetch(`${server.url}/team/get?team_name=none`, { headers: { traceparent: 'nonsense' } })
  server.kill('SIGTERM')
  await server.allEnded

  const requests = lines(server.output()).filter(({ msg }) => msg === 'request')
  expect(requests.map((line) => line['trace_id'])).toEqual([CALLER.traceId, undefined])
})

test('what fails in the background is logged with the trace of that work, which is marked as failed', async () => {
  const database = await freshDatabase()
  const server = await startTraced({ FILL_SEATS_EVERY_MS: '50' }, database)
  await database.sql('ALTER TABLE pull_request RENAME TO gone')
  const warnings = () => lines(server.output()).filter(({ msg }) => msg === 'could not fill empty seats of reviewers')
  await until(() => warnings().length > 0)

  const spans = await end(server)
  const [{ trace_id: traceId, span_id: spanId } = {}] = warnings()
  expect(spans).toContainEqual(
    expect.objectContaining({
      name: 'fill empty seats of reviewers',
      traceId,
      spanId,
      hasFailed: true,
      attributes: expect.objectContaining({ 'error.type': 'error' }),
    }),
  )
})

test('a collector that is away holds up nothing', async () => {
  const server = await startTraced({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
  await aTeam(server, { name: 'payments', members: ids('u', 4) })
  expect((await server.get('/team/get', { team_name: 'payments' })).status).toBe(200)
  await end(server)

  expect(await server.exited).toBe(0)
})
