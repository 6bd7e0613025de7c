import { afterAll, expect, test } from 'bun:test'
import { startSentrySink } from '../../testing/sentry.ts'
import { openErrorReports, withoutQuoted } from './error-reports.ts'
import { createLogger } from './logger.ts'

const sink = startSentrySink()
afterAll(() => sink.stop())

test('what is logged as failed is reported once a minute, without what it quotes', async () => {
  const reports = openErrorReports({ dsn: sink.dsn, environment: 'test', release: 'tandem@1' })
  const log = createLogger('warn', false, { write: () => undefined }, { onFailure: reports.report })
  const failure = Object.assign(new Error('no user "zoe.lovelace" with zoe@example.org'), { code: '42P01' })

  log.child({ worker: 1 }).error({ err: failure, request_id: 'r-1' }, 'request failed')
  log.error({ err: failure, request_id: 'r-2' }, 'request failed')
  log.warn({ err: new TypeError('late') }, 'could not read calendars')
  log.error({ worker: 1 }, 'a worker died')
  log.info({ err: failure }, 'of no importance')
  await reports.close(2000)

  const events = sink.events()
  expect(events).toEqual([
    expect.objectContaining({
      level: 'error',
      release: 'tandem@1',
      environment: 'test',
      tags: { what: 'request failed', request_id: 'r-1', code: '42P01' },
    }),
    expect.objectContaining({ level: 'warning', tags: { what: 'could not read calendars' } }),
  ])
  expect(events[0]!.exception.values[0]).toMatchObject({ type: 'Error', value: 'no user "…" with …@…' })
  const frames = events[0]!.exception.values[0]!.stacktrace!.frames
  expect(frames.map(({ filename }) => filename)).toContain('server/src/infra/telemetry/error-reports.test.ts')
  expect(sink.sent()).not.toMatch(/zoe|hostname|server_name/)
})

test('an endpoint that is away costs nothing but the reports', async () => {
  const reports = openErrorReports({ dsn: 'http://key@127.0.0.1:9/1', environment: 'test', release: 'tandem@1' })

  reports.report({ error: new Error('x'), level: 'error', message: 'failed', requestId: null })

  expect(await reports.close(1000)).toBeUndefined()
})

test.each([
  ['duplicate key value violates unique constraint "team_pkey"', 'duplicate key value violates unique constraint "…"'],
  [`can't find 'Ada' or “Bob”`, `can"…"Ada' or "…"`],
  ['nothing quoted', 'nothing quoted'],
])('%j is reported as %j', (text, reported) => {
  expect(withoutQuoted(text)).toBe(reported)
})
