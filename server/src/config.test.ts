import { describe, expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { databaseOf, readConfig, settings } from './config.ts'
import { StartupError } from './shared/errors.ts'

const DEFAULTS = {
  LISTEN_HOST: '127.0.0.1',
  PORT: 8080,
  TANDEM_DATA_DIR: '.tandem',
  DATABASE_POOL_SIZE: 16,
  DATABASE_CONNECT_TIMEOUT_MS: 5000,
  DATABASE_STATEMENT_TIMEOUT_MS: 10_000,
  MAX_BATCH_SIZE: 256,
  MAX_BATCHES_IN_FLIGHT: 2,
  MAX_QUEUED_PER_KIND: 500,
  CACHE_MAX_MIB: 128,
  CACHE_MAX_AGE_S: 30,
  MAX_REQUESTS_IN_FLIGHT: 400,
  MAX_BODY_BYTES: 1_048_576,
  HISTORY_MAX_MIB: 512,
  FILL_SEATS_EVERY_MS: 1000,
  REQUEST_TIMEOUT_MS: 30_000,
  IDLE_TIMEOUT_S: 60,
  STOP_TIMEOUT_MS: 8000,
  IDEMPOTENCY_HOURS: 24,
  JOBS_AT_ONCE: 8,
  EVENT_STREAMS_MAX: 1000,
  CHAT_CLIENTS_MAX: 5000,
  EVENT_RETENTION_DAYS: 90,
  WEBHOOK_ALLOW_PRIVATE: false,
  WEBHOOK_TIMEOUT_MS: 10_000,
  WEBHOOK_EVERY_MS: 1000,
  MAIL_FROM: 'Tandem <tandem@localhost>',
  TELEGRAM_API_URL: 'https://api.telegram.org',
  NOTIFICATION_ALLOW_PRIVATE: false,
  NOTIFICATION_EVERY_MS: 1000,
  CALENDAR_REFRESH_MINUTES: 15,
  CALENDAR_ALLOW_PRIVATE: false,
  OTEL_SERVICE_NAME: 'tandem',
  SENTRY_ENVIRONMENT: 'production',
  LOG_LEVEL: 'info',
  LOG_FORMAT: 'auto',
} as const

const numbers = Object.entries(DEFAULTS).flatMap(([name, value]) => (typeof value === 'number' ? [name] : []))
const anyTextWillDo = ['LISTEN_HOST', 'TANDEM_DATA_DIR', 'OTEL_SERVICE_NAME', 'SENTRY_ENVIRONMENT']

function complaintAbout(environment: Record<string, string>): string {
  try {
    readConfig(environment)
    return 'none'
  } catch (error) {
    if (error instanceof StartupError) return error.message
    throw error
  }
}

test('without an environment every setting has its default, and the database is the embedded one', () => {
  expect(readConfig({})).toMatchObject(DEFAULTS)
  expect(readConfig({}).DATABASE_URL).toBeUndefined()
})

test('an empty or blank setting counts as absent', () => {
  const empty = Object.fromEntries(Object.keys(settings).map((name) => [name, '']))
  const blank = Object.fromEntries(Object.keys(settings).map((name) => [name, ' \t']))

  expect(readConfig(empty)).toEqual(readConfig({}))
  expect(readConfig(blank)).toEqual(readConfig({}))
})

test('settings are read, with white space around them left out', () => {
  const config = readConfig({ PORT: ' 0 ', DATABASE_URL: 'postgresql://u:p@h:1/d', LOG_LEVEL: 'silent', OTHER: 'x' })

  expect(config).toMatchObject({ PORT: 0, DATABASE_URL: 'postgresql://u:p@h:1/d', LOG_LEVEL: 'silent' })
  expect(config).not.toHaveProperty('OTHER')
})

test('a read configuration cannot be changed', () => {
  expect(readConfig({})).toSatisfy(Object.isFrozen)
})

test('all wrong settings are named at once, each with what it is and what it must be', () => {
  const wrong = Object.fromEntries(
    Object.keys(settings).flatMap((name) => (anyTextWillDo.includes(name) ? [] : [[name, 'no/such=value']])),
  )
  const complaint = complaintAbout(wrong)

  for (const name of Object.keys(wrong)) {
    expect(complaint).toMatch(new RegExp(`^ {2}${name} must be .+, but is "no/such=value"$`, 'm'))
  }
  expect(complaint).toContain('docs/configuration.md')
})

describe.each(numbers)('%s', (name) => {
  test.each(['-1', '1.5', '1e3', '0x10', '1000000000', '٣', '1 000', 'NaN'])('refuses %j', (text) => {
    expect(complaintAbout({ [name]: text })).toContain(`${name} must be a whole number from`)
  })

  test('takes its default and both its bounds, and nothing beyond them', () => {
    const [, min, max] = /from (\d+) to (\d+)/.exec(complaintAbout({ [name]: 'x' }))!

    expect(complaintAbout({ [name]: min! })).toBe('none')
    expect(complaintAbout({ [name]: max! })).toBe('none')
    expect(complaintAbout({ [name]: String(Number(max) + 1) })).toContain(name)
    expect(complaintAbout({ [name]: String(Number(min) - 1) })).toContain(name)
  })
})

test.each(['mysql://h/d', 'h:5432/d', 'POSTGRES'])('the database cannot be at %j', (url) => {
  expect(complaintAbout({ DATABASE_URL: url })).toContain('DATABASE_URL must be a URL like postgres://')
})

test('a share of traces is a decimal number from 0 to 1, and all of them unless said otherwise', () => {
  const shareOf = (text: string) => readConfig({ OTEL_TRACES_SAMPLER_ARG: text }).OTEL_TRACES_SAMPLER_ARG

  expect(['', '0', '0.05', '1', '1.0'].map(shareOf)).toEqual([1, 0, 0.05, 1, 1])
  for (const text of ['-0', '1.01', '2', '5%', '1e-3', '.5']) {
    expect(complaintAbout({ OTEL_TRACES_SAMPLER_ARG: text })).toContain('OTEL_TRACES_SAMPLER_ARG must be a share')
  }
})

test('headers for the collector are read as OpenTelemetry writes them', () => {
  expect(
    readConfig({ OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20a=b, x-team=a' }).OTEL_EXPORTER_OTLP_HEADERS,
  ).toEqual({ authorization: 'Bearer a=b', 'x-team': 'a' })
  expect(complaintAbout({ OTEL_EXPORTER_OTLP_HEADERS: 'a=%' })).toContain('OTEL_EXPORTER_OTLP_HEADERS must be headers')
})

test.each(['Tandem', 'a@b, c@d', 'A <a@b>\r\nBcc: c@d', 'A\n<a@b>', '<a@b>', 'A <a@b> <c@d>', 'a b@c'])(
  'mail cannot be from %j',
  (from) => {
    expect(complaintAbout({ MAIL_FROM: from })).toContain('MAIL_FROM must be an address like')
  },
)

test('the folder for data is taken from where the process was started, unless it is absolute', () => {
  const dataDirOf = (folder: string) => databaseOf(readConfig({ TANDEM_DATA_DIR: folder })).dataDir

  expect(dataDirOf('data')).toBe(resolve('data'))
  expect(dataDirOf('/var/lib/tandem')).toBe('/var/lib/tandem')
})

test('the database is the one of the URL, where there is one', () => {
  expect(databaseOf(readConfig({ DATABASE_URL: 'postgres://h/d' })).url).toBe('postgres://h/d')
  expect(databaseOf(readConfig({})).url).toBeUndefined()
})
