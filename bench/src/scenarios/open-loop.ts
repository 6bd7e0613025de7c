import { closed, type Bench, type Measured } from '../bench.ts'
import { rounded } from '../figures.ts'
import { fill } from '../load/fill.ts'
import { READ_SHARE, reference } from '../load/reference.ts'
import type { OpenLoop } from '../load/task.ts'
import { percent, shown } from '../report/table.ts'
import { joined, type Outcome, type Scenario } from '../scenario.ts'
import type { BenchServer } from '../server.ts'
import { LOAD_COLUMNS, loadFigures, loadRow, troubleOf, USAGE_COLUMNS, usageCells } from './load-rows.ts'

export const openLoop: Scenario = {
  name: 'open-loop',
  about:
    'a fixed rate, four reads to a write; latency counts from when a request was due (--rate N; else 50 % and 80 %)',
  run,
}

const CONNECTIONS = 500

async function run(bench: Bench): Promise<Outcome> {
  const server = await bench.startServer()
  await bench.step('filling it', null, () => fill(server))
  const { rate } = bench.options
  const best = rate === null ? await closedLoopRate(bench, server) : null
  const points =
    best === null
      ? [{ name: 'rate', ratePerSecond: rate ?? 0 }]
      : [0.5, 0.8].map((part) => ({ name: `rate_${part * 100}`, ratePerSecond: Math.round(best * part) }))
  const measured: { name: string; ratePerSecond: number; result: Measured }[] = []
  for (const { name, ratePerSecond } of points) {
    measured.push({ name, ratePerSecond, result: await atRate(bench, server, name, ratePerSecond) })
  }
  return outcomeOf(measured, best)
}

async function closedLoopRate(bench: Bench, server: BenchServer): Promise<number> {
  const seconds = bench.options.isQuick ? 3 : 8
  const mixed = reference.readers + reference.writers
  const { reads, writes } = await bench.step('what a closed loop reaches', seconds + 2, () =>
    bench.load(server, { name: 'closed', loop: closed({ mixed }, seconds, 2) }),
  )
  return reads.perSecond + writes.perSecond
}

function atRate(bench: Bench, server: BenchServer, name: string, ratePerSecond: number): Promise<Measured> {
  const seconds = bench.options.isQuick ? 4 : 15
  const loop: OpenLoop = {
    kind: 'open',
    readShare: READ_SHARE,
    connections: CONNECTIONS,
    steps: [{ ratePerSecond, durationMs: seconds * 1000 }],
    ifNoneFree: 'queue',
  }
  return bench.step(`${shown(ratePerSecond)} requests a second`, seconds, () => bench.load(server, { name, loop }))
}

function outcomeOf(
  measured: readonly { name: string; ratePerSecond: number; result: Measured }[],
  best: number | null,
): Outcome {
  const answered = measured.map(
    ({ ratePerSecond, result }) => (result.reads.perSecond + result.writes.perSecond) / ratePerSecond,
  )
  const trouble = troubleOf(...measured.map(({ result }) => result))
  const least = Math.min(...answered)
  return {
    figures: {
      ...(best === null ? {} : { closed_loop_per_s: rounded(best) }),
      ...joined(
        measured.flatMap(({ name, result }) => [
          loadFigures(`${name}_reads`, result.reads),
          loadFigures(`${name}_writes`, result.writes),
        ]),
      ),
      least_share_answered: rounded(least),
    },
    judgements: [
      {
        promise: 'at a rate it can sustain, everything is answered without error or refusal',
        measured: `${percent(least)} of what was due at the least, ${trouble} errors and refusals`,
        holds: least > 0.99 && trouble === 0,
      },
    ],
    tables: [
      {
        title: best === null ? 'Open loop' : `Open loop; a closed loop of 120 reaches ${shown(best)} requests a second`,
        columns: [...LOAD_COLUMNS, ...USAGE_COLUMNS],
        rows: measured.flatMap(({ ratePerSecond, result }) => [
          [...loadRow(`reads at ${shown(ratePerSecond)}/s in all`, result.reads), ...usageCells(result.usage)],
          [...loadRow(`writes at ${shown(ratePerSecond)}/s in all`, result.writes), ...USAGE_COLUMNS.map(() => '')],
        ]),
      },
    ],
  }
}
