import { closed, type Bench } from '../bench.ts'
import { rounded } from '../figures.ts'
import { fill } from '../load/fill.ts'
import { READ_SHARE } from '../load/reference.ts'
import { loadOf, type Load, type Window } from '../load/tally.ts'
import { percent, shown, type Table } from '../report/table.ts'
import { joined, type Figures, type Judgement, type Outcome, type Scenario } from '../scenario.ts'
import type { BenchServer } from '../server.ts'
import { normalAgainAfterMs, type Moment } from './recovery.ts'

export const overload: Scenario = {
  name: 'overload',
  about: 'three times of what it can do: goodput, refusals, and how soon it is normal again',
  run,
}

type Variant = { name: 'writes' | 'mix'; title: string; readShare: number }
type Overloaded = Variant & {
  best: number
  offered: number
  unsent: number
  goodput: number
  admitted: Load
  refused: number
  withoutRetryAfter: number
  failed: number
  normalMs: number
  normalP99Ms: number
}

const VARIANTS: readonly Variant[] = [
  { name: 'writes', title: 'writes only', readShare: 0 },
  { name: 'mix', title: 'four reads to a write', readShare: READ_SHARE },
]
/** More than the server admits at once, so that it has to refuse. */
const CONNECTIONS = 4000
const WINDOW_MS = 250
const FACTOR = 3

async function run(bench: Bench): Promise<Outcome> {
  const server = await bench.startServer({ openFiles: 20_000 })
  await bench.step('filling it', null, () => fill(server))
  const results: Overloaded[] = []
  for (const variant of VARIANTS) results.push(await overloaded(bench, server, variant))
  return {
    figures: joined(results.map(figuresOf)),
    judgements: results.flatMap(judge),
    tables: [tableOf(results)],
  }
}

/** The best of closed loops with ever more connections. */
async function bestOf(bench: Bench, server: BenchServer, { name, title, readShare }: Variant): Promise<number> {
  const seconds = bench.options.isQuick ? 2 : 5
  let best = 0
  for (const connections of bench.options.isQuick ? [120, 480] : [60, 120, 240, 480]) {
    const shape = readShare === 0 ? { writers: connections } : { mixed: connections }
    const { reads, writes } = await bench.step(`${title}: a closed loop of ${connections}`, seconds + 1, () =>
      bench.load(server, { name: `${name}-best-${connections}`, loop: closed(shape, seconds, 1) }),
    )
    best = Math.max(best, reads.perSecond + writes.perSecond)
  }
  return best
}

async function overloaded(bench: Bench, server: BenchServer, variant: Variant): Promise<Overloaded> {
  const best = await bestOf(bench, server, variant)
  const [beforeMs, duringMs, afterMs] = bench.options.isQuick ? [3000, 5000, 6000] : [4000, 10_000, 8000]
  const calm = Math.round(best / 2)
  const steps = [
    { ratePerSecond: calm, durationMs: beforeMs },
    { ratePerSecond: Math.round(best * FACTOR), durationMs: duringMs },
    { ratePerSecond: calm, durationMs: afterMs },
  ]
  const total = (beforeMs + duringMs + afterMs) / 1000
  const { windows } = await bench.step(`${variant.title}: half, three times, half of ${shown(best)}/s`, total, () =>
    bench.load(server, {
      name: `${variant.name}-over`,
      loop: { kind: 'open', readShare: variant.readShare, connections: CONNECTIONS, steps, ifNoneFree: 'drop' },
      windowMs: WINDOW_MS,
      openFiles: 20_000,
    }),
  )
  const cut = (fromMs: number, toMs: number) => windows.slice(fromMs / WINDOW_MS, toMs / WINDOW_MS)
  // The first second belongs to connections that were never used.
  const before = cut(1000, beforeMs).map(momentOf)
  const during = whole(cut(beforeMs, beforeMs + duringMs), duringMs)
  const after = cut(beforeMs + duringMs, total * 1000).map(momentOf)
  const sent = during.requests + during.refused + during.failed
  return {
    ...variant,
    best,
    offered: (sent * 1000) / duringMs,
    unsent: during.unsent,
    goodput: during.perSecond,
    admitted: during,
    refused: during.refused,
    withoutRetryAfter: during.refusedWithoutRetryAfter,
    failed: during.failed,
    normalP99Ms: Math.max(...before.map(({ p99Ms }) => p99Ms)),
    normalMs: normalAgainAfterMs(before, after, WINDOW_MS),
  }
}

/** Reads and writes as one load. */
function whole(windows: readonly Window[], durationMs: number): Load {
  return loadOf(
    windows.flatMap(({ reads, writes }) => [reads, writes]),
    durationMs,
  )
}

function momentOf(window: Window): Moment {
  const { perSecond, p99Ms } = whole([window], WINDOW_MS)
  return { perSecond, p99Ms }
}

function figuresOf(result: Overloaded): Figures {
  const of = (name: string) => `${result.name}_${name}`
  return {
    [of('best_per_s')]: rounded(result.best),
    [of('offered_per_s')]: rounded(result.offered),
    [of('not_sent')]: result.unsent,
    [of('goodput_per_s')]: rounded(result.goodput),
    [of('goodput_share')]: rounded(result.goodput / result.best),
    [of('admitted_p50_ms')]: rounded(result.admitted.p50Ms),
    [of('admitted_p99_ms')]: rounded(result.admitted.p99Ms),
    [of('refused')]: result.refused,
    [of('refused_without_retry_after')]: result.withoutRetryAfter,
    [of('errors')]: result.failed,
    [of('unanswered')]: result.admitted.unanswered,
    ...(Number.isFinite(result.normalMs) ? { [of('normal_again_s')]: rounded(result.normalMs / 1000) } : {}),
    [of('normal_p99_ms')]: rounded(result.normalP99Ms),
  }
}

function judge(result: Overloaded): Judgement[] {
  const share = result.goodput / result.best
  return [
    {
      promise: `offered three times its best (${result.title}), it still does 80 % of its best`,
      measured: `${percent(share)}, at ${shown(result.offered / result.best)} × offered`,
      holds: share >= 0.8,
    },
    {
      promise: `the rest is refused with 503 and Retry-After, nothing fails (${result.title})`,
      measured: `${shown(result.refused)} refused, ${result.withoutRetryAfter} without Retry-After, ${result.failed} errors (${result.admitted.unanswered} without a reply)`,
      holds: result.withoutRetryAfter === 0 && result.failed === 0,
    },
    {
      promise: `p99 of what it admits is under a second (${result.title})`,
      measured: `${shown(result.admitted.p99Ms)} ms`,
      holds: result.admitted.p99Ms < 1000,
    },
    {
      promise: `within 5 s after it, latency and throughput are normal (${result.title})`,
      measured: Number.isFinite(result.normalMs) ? `${shown(result.normalMs / 1000)} s` : 'never while it was watched',
      holds: result.normalMs <= 5000,
    },
  ]
}

function tableOf(results: readonly Overloaded[]): Table {
  return {
    title: 'Three times its best',
    columns: [
      '',
      'best/s',
      'offered/s',
      'answered/s',
      'refused',
      'p50 ms',
      'p99 ms',
      'p99 before ms',
      'normal after s',
    ],
    rows: results.map((result) => [
      result.title,
      ...[
        result.best,
        result.offered,
        result.goodput,
        result.refused,
        result.admitted.p50Ms,
        result.admitted.p99Ms,
        result.normalP99Ms,
        result.normalMs / 1000,
      ].map(shown),
    ]),
    note:
      'Offered is what was really sent; what was due while all 4,000 connections waited for an answer was not. Normal: every ' +
      'quarter of a second from then on has 95 % of the throughput before and a p99 under twice the highest before.',
  }
}
