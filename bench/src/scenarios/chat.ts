import type { Bench } from '../bench.ts'
import { rounded } from '../figures.ts'
import type { ChatResult, FromChat } from '../load/chat-task.ts'
import { startChild, type Child } from '../load/child.ts'
import { fill } from '../load/fill.ts'
import { Histogram } from '../load/histogram.ts'
import { numbersFrom, reference, referencePopulation, userId } from '../load/reference.ts'
import { residentMib, watchUsage, type Usage } from '../machine/usage.ts'
import { shown } from '../report/table.ts'
import { figure, joined, type Figures, type Outcome, type Scenario } from '../scenario.ts'
import type { BenchServer } from '../server.ts'
import { USAGE_COLUMNS, usageCells } from './load-rows.ts'

export const chat: Scenario = {
  name: 'chat',
  about: '2,000 connected clients in 100 rooms of one process: every message to everybody, and how soon',
  run,
}

const ROOMS = 100
const CLIENTS_PER_ROOM = 20
const CLIENTS = ROOMS * CLIENTS_PER_ROOM
/** Messages a second, in all rooms together; each goes to everybody in its room. */
const RATES = [100, 500, 1000, 2000]
/** The rate about which a promise is made. */
const PROMISED_RATE = 1000
const MOST_P99_MS = 100
const OPEN_FILES = 20_000
const HEAD_START_MS = 150

type Step = {
  rate: number
  perSecond: number
  latencies: Histogram
  usage: Usage
  total: Omit<ChatResult, 'counts' | 'maxMs'>
}

async function run(bench: Bench): Promise<Outcome> {
  const server = await bench.startServer({ openFiles: OPEN_FILES })
  await bench.step('filling it', null, () => fill(server, referencePopulation, Math.ceil(ROOMS / reference.teams)))
  const beforeMib = await residentMib(server.watched)
  const children = numbersFrom(0, bench.options.generators).map(() => startChild<FromChat>('chat.ts', [], OPEN_FILES))
  try {
    const connected = await bench.step(`connecting ${shown(CLIENTS)} clients`, null, () => connectAll(children, server))
    const afterMib = await residentMib(server.watched)
    const [seconds, warmUp] = bench.options.isQuick ? [4, 1] : [10, 2]
    const steps: Step[] = []
    for (const rate of RATES) {
      const label = `${shown(rate)} messages a second`
      steps.push(await bench.step(label, seconds + warmUp, () => runStep(children, server, { rate, seconds, warmUp })))
    }
    return outcomeOf(steps, { connected, beforeMib, afterMib })
  } finally {
    for (const child of children) child.end()
  }
}

/** Each process has rooms of its own, so that it knows when what it receives was sent. */
async function connectAll(children: readonly Child<FromChat>[], { target }: BenchServer): Promise<number> {
  const counts = children.map(async (child, index) => {
    const own = numbersFrom(0, ROOMS).filter((room) => room % children.length === index)
    const rooms = own.map((room) => `pullRequest/first-${room % reference.teams}-${Math.floor(room / reference.teams)}`)
    const usersOf = own.map((room) =>
      numbersFrom(0, CLIENTS_PER_ROOM).map((user) => userId(room % reference.teams, user)),
    )
    child.send({ task: { port: target.port, rooms, usersOf } })
    const answer = await child.next()
    return 'connected' in answer ? answer.connected : 0
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

async function runStep(
  children: readonly Child<FromChat>[],
  { watched }: BenchServer,
  { rate, seconds, warmUp }: { rate: number; seconds: number; warmUp: number },
): Promise<Step> {
  const startAtMs = performance.timeOrigin + performance.now() + HEAD_START_MS
  for (const [index, child] of children.entries()) {
    const name = `${rate}-${index}`
    const ratePerSecond = rate / children.length
    child.send({ step: { name, startAtMs, ratePerSecond, warmUpMs: warmUp * 1000, durationMs: seconds * 1000 } })
  }
  await Bun.sleep(HEAD_START_MS + warmUp * 1000)
  const stop = await watchUsage({ ...watched, generators: children.map(({ pid }) => pid) })
  await Bun.sleep(seconds * 1000)
  const usage = await stop()
  const latencies = new Histogram()
  const total = { sent: 0, acknowledged: 0, delivered: 0, errors: 0 }
  for (const answer of await Promise.all(children.map((child) => child.next()))) {
    if ('connected' in answer) continue
    latencies.add(answer)
    for (const name of ['sent', 'acknowledged', 'delivered', 'errors'] as const) total[name] += answer[name]
  }
  return { rate, perSecond: total.delivered / seconds, latencies, usage, total }
}

type Held = { connected: number; beforeMib: number; afterMib: number }

function missingOf({ total }: Step): number {
  return total.sent * CLIENTS_PER_ROOM - total.delivered + (total.sent - total.acknowledged)
}

function figuresOf(step: Step): Figures {
  const { rate, perSecond, latencies, usage, total } = step
  return {
    [`deliveries_per_s_at_${rate}`]: rounded(perSecond),
    [`p50_ms_at_${rate}`]: rounded(latencies.percentileMs(0.5)),
    [`p99_ms_at_${rate}`]: rounded(latencies.percentileMs(0.99)),
    [`max_ms_at_${rate}`]: rounded(latencies.maxMs),
    [`missing_at_${rate}`]: missingOf(step),
    [`errors_at_${rate}`]: total.errors,
    [`server_cpu_percent_at_${rate}`]: rounded(usage.serverCpuPercent),
    [`server_peak_mib_at_${rate}`]: rounded(usage.serverPeakMib),
  }
}

function outcomeOf(steps: readonly Step[], { connected, beforeMib, afterMib }: Held): Outcome {
  const figures = joined([
    { connected, before_mib: rounded(beforeMib), after_mib: rounded(afterMib) },
    ...steps.map(figuresOf),
  ])
  const p99Ms = figure(figures, `p99_ms_at_${PROMISED_RATE}`)
  const perSecond = figure(figures, `deliveries_per_s_at_${PROMISED_RATE}`)
  const missing = steps.reduce((sum, step) => sum + missingOf(step) + step.total.errors, 0)
  const sent = steps.reduce((sum, { total }) => sum + total.sent, 0)
  return {
    figures,
    judgements: [
      {
        promise: '2,000 clients in one process are given every message of their rooms, and every writer its number',
        measured: `${shown(connected)} connected for ${shown(afterMib - beforeMib)} MiB; ${missing} missing of ${shown(sent)} messages to ${CLIENTS_PER_ROOM} each`,
        holds: connected === CLIENTS && missing === 0 && sent > 0,
      },
      {
        promise: `at ${shown(PROMISED_RATE)} messages a second, 99 of 100 are there within ${MOST_P99_MS} ms`,
        measured: `${shown(p99Ms)} ms at ${shown(perSecond)} deliveries a second`,
        holds: p99Ms <= MOST_P99_MS,
      },
    ],
    tables: [
      {
        title: `${shown(connected)} clients in ${ROOMS} rooms`,
        columns: [
          'messages a second',
          'deliveries a second',
          'p50 ms',
          'p99 ms',
          'max ms',
          'missing',
          ...USAGE_COLUMNS,
        ],
        rows: steps.map((step) => [
          shown(step.rate),
          ...[step.perSecond, step.latencies.percentileMs(0.5), step.latencies.percentileMs(0.99)].map(shown),
          shown(step.latencies.maxMs),
          String(missingOf(step)),
          ...usageCells(step.usage),
        ]),
        note: 'From the sending of a message to its delivery, commit included.',
      },
    ],
  }
}
