import { resolve } from 'node:path'
import { z } from 'zod'
import { logLevels } from './infra/telemetry/logger.ts'
import { StartupError } from './shared/errors.ts'
import { wholeNumber } from './shared/whole-number.ts'

type Setting = { schema: z.ZodType<unknown, string | undefined>; default?: string; means: string }

function setting<Schema extends z.ZodType<unknown, string>>(schema: Schema, means: string, byDefault: string) {
  return { schema, means, default: byDefault }
}

function optional<Schema extends z.ZodType<unknown, string>>(schema: Schema, means: string) {
  return { schema: schema.optional(), means }
}

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must be a URL like postgres://user:password@host:5432/database')

/** Every setting: how it is read, what it means, and its default. `docs/configuration.md` is made from this. */
export const settings = {
  LISTEN_HOST: setting(
    z.string().min(1, 'must not be empty'),
    'Address to listen on. There is no access control yet: anything but a loopback address lets everybody in who reaches it.',
    '127.0.0.1',
  ),
  PORT: setting(wholeNumber(0, 65_535), 'Port to listen on; 0 takes a free one.', '8080'),
  DATABASE_URL: optional(
    postgresUrl,
    'PostgreSQL 15 or newer to use. Without it Tandem starts its own under `TANDEM_DATA_DIR`.',
  ),
  TANDEM_DATA_DIR: setting(z.string().min(1, 'must not be empty'), 'Folder of the embedded PostgreSQL.', '.tandem'),
  DATABASE_POOL_SIZE: setting(
    wholeNumber(2, 500),
    'Most connections of a process to the database, beside the two by which processes tell each other of changes; with `--workers 4` four times as many.',
    '16',
  ),
  DATABASE_CONNECT_TIMEOUT_MS: setting(
    wholeNumber(100, 120_000),
    'Longest wait for a connection before a request is refused with 503.',
    '5000',
  ),
  DATABASE_STATEMENT_TIMEOUT_MS: setting(
    wholeNumber(100, 600_000),
    'Longest time for one statement before it is cancelled and refused with 503.',
    '10000',
  ),
  MAX_BATCH_SIZE: setting(wholeNumber(1, 5000), 'Most commands written to the database together.', '256'),
  MAX_BATCHES_IN_FLIGHT: setting(
    wholeNumber(1, 100),
    'Most batches of one kind of command or question under way at once.',
    '2',
  ),
  MAX_QUEUED_PER_KIND: setting(
    wholeNumber(1, 100_000),
    'Commands or questions of one kind that may wait for a batch; more are refused with 503 and Retry-After.',
    '500',
  ),
  REDIS_URL: optional(
    z.string().regex(/^rediss?:\/\//, 'must be a URL like redis://host:6379'),
    'Redis through which processes tell each other of changes and share answers; without it PostgreSQL’s NOTIFY does the telling.',
  ),
  AMQP_URL: optional(
    z.string().regex(/^amqps?:\/\//, 'must be a URL like amqp://user:password@host:5672'),
    'RabbitMQ to which every event is published, on the exchange `tandem.events`: see docs/events.md.',
  ),
  CACHE_MAX_MIB: setting(
    wholeNumber(0, 65_536),
    'Memory of a process for finished answers, in MiB; 0 keeps none.',
    '128',
  ),
  CACHE_MAX_AGE_S: setting(
    wholeNumber(1, 3600),
    'How long a finished answer may be kept, however certain it seems.',
    '30',
  ),
  MAX_REQUESTS_IN_FLIGHT: setting(
    wholeNumber(1, 100_000),
    'Requests a process serves at once, waiting ones included; more are refused with 503 and Retry-After.',
    '400',
  ),
  MAX_BODY_BYTES: setting(
    wholeNumber(1024, 104_857_600),
    'Largest request body; a larger one is refused with 413.',
    '1048576',
  ),
  HISTORY_MAX_MIB: setting(
    wholeNumber(1, 16_384),
    'Most text of one import of history, unpacked, in MiB; what comes after it is refused with 413.',
    '512',
  ),
  FILL_SEATS_EVERY_MS: setting(
    wholeNumber(0, 3_600_000),
    'How often reviewers are looked for where none could be found before; 0 never looks again.',
    '1000',
  ),
  REQUEST_TIMEOUT_MS: setting(
    wholeNumber(100, 600_000),
    'Longest time for a request; after it the answer is 503, and a command may or may not have been done.',
    '30000',
  ),
  IDLE_TIMEOUT_S: setting(wholeNumber(1, 255), 'Seconds after which a silent connection is closed.', '60'),
  STOP_TIMEOUT_MS: setting(
    wholeNumber(0, 600_000),
    'Longest time for requests under way to finish after SIGTERM or SIGINT.',
    '8000',
  ),
  IDEMPOTENCY_HOURS: setting(wholeNumber(1, 8760), 'How long the answer to an Idempotency-Key is remembered.', '24'),
  JOBS_AT_ONCE: setting(
    wholeNumber(0, 1000),
    'Jobs in the background that a process works at at once; 0 leaves all of them to other processes.',
    '8',
  ),
  EVENT_STREAMS_MAX: setting(
    wholeNumber(0, 100_000),
    'Live streams of events a process serves at once; more are refused with 503.',
    '1000',
  ),
  CHAT_CLIENTS_MAX: setting(
    wholeNumber(0, 100_000),
    'Clients of rooms a process serves at once; more are refused with 503.',
    '5000',
  ),
  EVENT_RETENTION_DAYS: setting(
    wholeNumber(1, 3650),
    'Days for which events can be listed and handed on; older ones are dropped a day at a time.',
    '90',
  ),
  WEBHOOK_ALLOW_PRIVATE: setting(
    z.enum(['true', 'false'], { error: 'must be true or false' }).transform((text) => text === 'true'),
    'Whether webhooks on this machine and its network are told of events; anybody who may add a webhook can then make Tandem ask there.',
    'false',
  ),
  WEBHOOK_TIMEOUT_MS: setting(wholeNumber(100, 60_000), 'Longest time for a webhook to take an event.', '10000'),
  WEBHOOK_EVERY_MS: setting(
    wholeNumber(0, 60_000),
    'How often this process looks for webhooks to tell of events; 0 never tells any.',
    '1000',
  ),
  PUBLIC_URL: optional(
    z.string().regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, 'must be a URL like https://tandem.example.org'),
    'Where people reach Tandem: messages lead there. Without it they hold no links to Tandem.',
  ),
  SMTP_URL: optional(
    z.string().regex(/^smtps?:\/\/[^\s/]+/, 'must be a URL like smtp://user:password@host:587'),
    'Mail server that notifications are sent by; without it nobody can be told by e-mail.',
  ),
  MAIL_FROM: setting(
    z
      .string()
      .regex(
        /^([^\p{Cc}<>"@,;:]+ <[^\s<>@,;:"]+@[^\s<>@,;:"]+>|[^\s<>@,;:"]+@[^\s<>@,;:"]+)$/u,
        'must be an address like Tandem <tandem@example.org>',
      ),
    'Whom mail is from.',
    'Tandem <tandem@localhost>',
  ),
  TELEGRAM_BOT_TOKEN: optional(
    z.string().regex(/^\d+:[\w-]{10,}$/, 'must be a token like 123456:ABC-DEF1234ghIkl'),
    'Bot that notifications are sent by; without it nobody can be told by Telegram.',
  ),
  TELEGRAM_API_URL: setting(
    z.string().regex(/^https?:\/\/[^\s/?#]+/, 'must be a URL like https://api.telegram.org'),
    'Where the Bot API of Telegram is.',
    'https://api.telegram.org',
  ),
  LINK_SECRET: optional(
    z.string().min(32, 'must be a text of at least 32 characters'),
    'What links in messages are signed with; without it a key is drawn once and kept in the database.',
  ),
  NOTIFICATION_ALLOW_PRIVATE: setting(
    z.enum(['true', 'false'], { error: 'must be true or false' }).transform((text) => text === 'true'),
    'Whether Slack, Mattermost and webhook addresses on this machine and its network are told, as a company’s own chat needs; anybody who may set preferences can then make Tandem ask there.',
    'false',
  ),
  NOTIFICATION_EVERY_MS: setting(
    wholeNumber(0, 60_000),
    'How often this process looks for events that somebody is to be told of; 0 never does.',
    '1000',
  ),
  CALENDAR_REFRESH_MINUTES: setting(
    wholeNumber(1, 10_080),
    'Minutes after which the calendar feed of a member is read again.',
    '15',
  ),
  CALENDAR_ALLOW_PRIVATE: setting(
    z.enum(['true', 'false'], { error: 'must be true or false' }).transform((text) => text === 'true'),
    'Whether calendar feeds of this machine and its network may be read, as a company’s own server needs; anybody who may name a feed can then make Tandem ask there.',
    'false',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(
    z.string().regex(/^https?:\/\/[^\s/]/, 'must be a URL like http://collector:4318'),
    'Collector to which traces are sent by OTLP over HTTP, as JSON; without it nothing is traced.',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: optional(
    z
      .string()
      .regex(/^[\w.-]+=[^,]*(,\s*[\w.-]+=[^,]*)*$/, 'must be headers like authorization=Bearer%20abc,x-team=a')
      .refine(isUriEncoded, 'must be headers whose values are URI-encoded')
      .transform(headersOf),
    'Headers for that collector, as names and URI-encoded values.',
  ),
  OTEL_TRACES_SAMPLER_ARG: setting(
    z
      .string()
      .regex(/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/, 'must be a share from 0 to 1, like 0.05')
      .transform(Number),
    'Share of the traces begun here that are kept; those begun by a caller are kept when the caller keeps them.',
    '1',
  ),
  OTEL_SERVICE_NAME: setting(z.string().min(1, 'must not be empty'), 'Name of this service in traces.', 'tandem'),
  SENTRY_DSN: optional(
    z
      .string()
      .regex(/^https?:\/\/[^\s@/]+@[^\s@/]+(\/[^\s]*)?\/\d+$/, 'must be a DSN like https://key@sentry.example/1'),
    'Sentry, or what speaks its language, that is told of failures; nothing about people is sent.',
  ),
  SENTRY_ENVIRONMENT: setting(z.string().min(1, 'must not be empty'), 'Name of this installation there.', 'production'),
  LOG_LEVEL: setting(
    z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }),
    'Least important log line to write.',
    'info',
  ),
  LOG_FORMAT: setting(
    z.enum(['auto', 'json', 'pretty'], { error: 'must be one of auto, json, pretty' }),
    'How log lines look; `auto` is pretty on a terminal, JSON elsewhere.',
    'auto',
  ),
} satisfies Record<string, Setting>

type Settings = { readonly [Name in keyof typeof settings]: z.output<(typeof settings)[Name]['schema']> }
export type Config = Settings
type Environment = Readonly<Record<string, string | undefined>>

/** Reads all settings from the environment; an empty one counts as absent. Throws naming every wrong one. */
export function readConfig(environment: Environment): Config {
  const { values, wrong } = parseSettings(environment)
  if (wrong.length > 0) {
    throw new StartupError(
      `Wrong settings (in the environment or in .env; see docs/configuration.md):\n  ${wrong.join('\n  ')}`,
    )
  }
  return Object.freeze(Object.fromEntries(values)) as Config
}

/** Every setting that can be read, and a sentence about each that cannot. */
export function parseSettings(environment: Environment): { values: [string, unknown][]; wrong: string[] } {
  const wrong: string[] = []
  const values = Object.entries<Setting>(settings).map(([name, { schema, default: byDefault }]): [string, unknown] => {
    const text = environment[name]?.trim() || byDefault
    const result = schema.safeParse(text)
    if (!result.success) wrong.push(`${name} ${result.error.issues[0]!.message}, but is ${JSON.stringify(text)}`)
    return [name, result.data]
  })
  return { values, wrong }
}

/** Where the database is: at a URL, or embedded in a folder, taken from where the process was started. */
export function databaseOf(config: Pick<Config, 'DATABASE_URL' | 'TANDEM_DATA_DIR'>) {
  return { url: config.DATABASE_URL, dataDir: resolve(config.TANDEM_DATA_DIR) }
}

function isUriEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function headersOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').map((pair) => pair.trim().split('='))
  return Object.fromEntries(pairs.map(([name = '', ...value]) => [name, decodeURIComponent(value.join('='))]))
}
