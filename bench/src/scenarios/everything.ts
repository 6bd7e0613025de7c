import { hasRabbit, startOwnRabbit, type OwnRabbit } from '../../../scripts/own-rabbitmq.ts'
import type { Bench } from '../bench.ts'
import { startChild, type Child } from '../load/child.ts'
import { fill } from '../load/fill.ts'
import type { OutsideCounts, OutsideUrls, ToOutside } from '../load/outside.ts'
import { numbersFrom, reference, teamName, userId } from '../load/reference.ts'
import { shown, type Table } from '../report/table.ts'
import { figure, type Figures, type Judgement, type Outcome, type Scenario } from '../scenario.ts'
import type { BenchServer } from '../server.ts'
import { comparedFigures, measureRounds, ratiosOf, sidesTable, type Round } from './rounds.ts'

export const everything: Scenario = {
  name: 'everything',
  about: 'the reference load with all that an operator may switch on, beside the same with the defaults',
  run,
}

const LEAST_RATIO = 0.85
/** Both sides write a line for each request, as they do by default. */
const LOG_LEVEL = 'info'
/** A hundred traces a second under this load. */
const SAMPLED = '0.01'
const TOLD_PER_TEAM = 10
const CHATTING_PER_TEAM = 5

async function run(bench: Bench): Promise<Outcome> {
  const outside = startChild<OutsideUrls | OutsideCounts>('outside.ts')
  const rabbit = hasRabbit ? await bench.step('starting RabbitMQ', 12, startOwnRabbit) : null
  try {
    return await compare(bench, outside, rabbit)
  } finally {
    outside.end()
    await rabbit?.remove()
  }
}

type Outside = Child<OutsideUrls | OutsideCounts>

async function compare(bench: Bench, outside: Outside, rabbit: OwnRabbit | null): Promise<Outcome> {
  const urls = (await outside.next()) as OutsideUrls
  const plain = await bench.startServer({ logLevel: LOG_LEVEL })
  const other = await bench.startServer({ logLevel: LOG_LEVEL, settings: settingsOf(urls, rabbit) })
  await bench.step('filling both', null, async () => {
    await fill(plain)
    await fill(other)
    await switchOn(other, outside, urls)
  })
  const rounds = await measureRounds(bench, { plain, other })
  const seen = await countsOf(outside)
  const figures = {
    ...comparedFigures(rounds, 'everything'),
    ...(await lagsOf(other)),
    live_events: seen.liveEvents,
    hooks: seen.hooks,
    notifications: seen.notifications,
    trace_requests: seen.traceRequests,
    scrapes: seen.scrapes,
    reports: seen.reports,
    rabbit: Number(rabbit !== null),
  }
  return { figures, judgements: judge(figures), tables: [loadTable(rounds, rabbit !== null), seenTable(figures)] }
}

function settingsOf({ collector, dsn }: OutsideUrls, rabbit: OwnRabbit | null): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector,
    OTEL_TRACES_SAMPLER_ARG: SAMPLED,
    SENTRY_DSN: dsn,
    WEBHOOK_ALLOW_PRIVATE: 'true',
    NOTIFICATION_ALLOW_PRIVATE: 'true',
    ...(rabbit === null ? {} : { AMQP_URL: rabbit.url }),
  }
}

/** A webhook told of all events, as many together as it may be; some of each team who are told of their reviews, and some who are in its room. */
async function switchOn(server: BenchServer, outside: Outside, { hook, notify }: OutsideUrls): Promise<void> {
  await server.post('/webhook/add', { webhook_id: 'bench', url: hook, batch_size: 100 })
  const rooms: { userId: string; room: string }[] = []
  for (const team of numbersFrom(0, reference.teams)) {
    for (const user of numbersFrom(0, TOLD_PER_TEAM)) {
      const channels = [{ kind: 'webhook', address: notify }]
      await server.post('/notification/setPreferences', { user_id: userId(team, user), channels })
    }
    for (const user of numbersFrom(0, CHATTING_PER_TEAM)) {
      rooms.push({ userId: userId(team, user), room: `team/${teamName(team)}` })
    }
  }
  const watching: ToOutside = { kind: 'watch', url: server.url, rooms }
  outside.send(watching)
}

async function countsOf(outside: Outside): Promise<OutsideCounts> {
  const asking: ToOutside = { kind: 'count' }
  outside.send(asking)
  return (await outside.next()) as OutsideCounts
}

/** How far behind those are who hand events on, when the load ends. */
async function lagsOf({ url }: BenchServer): Promise<Figures> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const valueOf = (name: string) => Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
  return {
    relay_lag_s: valueOf('tandem_event_relay_lag_seconds'),
    webhook_lag_s: valueOf('tandem_webhook_lag_seconds'),
  }
}

function judge(figures: Figures): Judgement[] {
  const { together, text } = ratiosOf(figures)
  const errors = figure(figures, 'everything_errors')
  return [
    {
      promise: 'with everything switched on at least 85 % of the reference load is left',
      measured: `${text} of the requests by default are left`,
      holds: together >= LEAST_RATIO,
    },
    {
      promise: 'and there is no error',
      measured: `${errors} errors and refusals; ${figure(figures, 'plain_errors')} by default`,
      holds: errors === 0,
    },
  ]
}

function loadTable(rounds: readonly Round[], withRabbit: boolean): Table {
  const parts = [
    'traces (1 % kept)',
    'error reports',
    ...(withRabbit ? ['RabbitMQ'] : []),
    'a webhook of all events',
    'a live listener',
    `notifications to ${TOLD_PER_TEAM} of each team`,
    `${CHATTING_PER_TEAM} of each team in its room`,
  ]
  return sidesTable(rounds, {
    title: 'The reference load, by what is switched on',
    plain: 'the defaults',
    other: `${parts.join(', ')}, scrapes`,
    note: '; both with LOG_LEVEL=info. Who takes all that is a process of its own; no queue is bound.',
  })
}

function seenTable(figures: Figures): Table {
  const of = (name: string) => shown(figure(figures, name))
  return {
    title: 'What arrived outside in all rounds, and who was behind at the end',
    columns: [
      '',
      'live events',
      'webhook requests',
      'notifications',
      'trace requests',
      'scrapes',
      'reports',
      'RabbitMQ behind s',
      'webhook behind s',
    ],
    rows: [
      [
        'everything',
        ...[
          'live_events',
          'hooks',
          'notifications',
          'trace_requests',
          'scrapes',
          'reports',
          'relay_lag_s',
          'webhook_lag_s',
        ].map(of),
      ],
    ],
  }
}
