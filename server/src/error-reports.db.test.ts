import { afterAll, expect, test } from 'bun:test'
import { startCollector } from './testing/collector.ts'
import { freshDatabase } from './testing/database.ts'
import { until } from './testing/jobs.ts'
import { startSentrySink } from './testing/sentry.ts'
import { startServerProcess } from './testing/server.ts'

const sink = startSentrySink()
const collector = startCollector()
afterAll(() => Promise.all([sink.stop(), collector.stop()]))

test('what fails in the thread that tells webhooks is reported as an error like any other', async () => {
  const { url, sql } = await freshDatabase()
  const server = await startServerProcess({ DATABASE_URL: url, SENTRY_DSN: sink.dsn, WEBHOOK_EVERY_MS: '50' })
  await server.post('/webhook/add', { url: 'https://hook.invalid/' })
  await sql('ALTER TABLE webhook RENAME COLUMN leased_until TO gone')
  const reported = () => sink.events().filter(({ tags }) => tags['what'] === 'could not tell webhooks of events')
  await until(() => reported().length > 0)
  server.kill('SIGTERM')
  await server.allEnded

  expect(reported()[0]!.exception.values[0]!.value).toContain('column')
})

test('a request that fails is reported with its id and its trace, a refused one is not', async () => {
  const { url, sql } = await freshDatabase()
  const server = await startServerProcess({
    DATABASE_URL: url,
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
    FILL_SEATS_EVERY_MS: '0',
    SENTRY_DSN: sink.dsn,
    SENTRY_ENVIRONMENT: 'test',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  })
  expect((await server.get('/team/get', { team_name: 'nobody-s' })).status).toBe(404)
  await sql('ALTER TABLE team RENAME TO gone')

  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const failed = await fetch(`${server.url}/team/get?team_name=secret-team`, {
    headers: { 'X-Request-Id': 'r-7', traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  })
  expect(failed.status).toBe(500)
  server.kill('SIGTERM')
  await server.allEnded

  const events = sink.events().filter(({ tags }) => tags['what'] === 'request failed')
  expect(events).toHaveLength(1)
  expect(events[0]).toMatchObject({
    level: 'error',
    environment: 'test',
    tags: { request_id: 'r-7', trace_id: traceId, code: '42P01' },
  })
  expect(sink.sent()).not.toContain('secret-team')
  const spans = collector.take().filter((span) => span.traceId === traceId)
  expect(spans.filter(({ hasFailed }) => hasFailed).map(({ name }) => name)).toContain('GET /team/get')
})
