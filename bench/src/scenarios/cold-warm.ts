import { closed, loadsOf, type Bench } from '../bench.ts'
import { rounded } from '../figures.ts'
import { fill } from '../load/fill.ts'
import { reference } from '../load/reference.ts'
import { percent, shown } from '../report/table.ts'
import type { Outcome, Scenario } from '../scenario.ts'
import { LOAD_COLUMNS, loadFigures, loadRow } from './load-rows.ts'

export const coldWarm: Scenario = {
  name: 'cold-warm',
  about: 'reads in the first two seconds of a process against those of a warm one',
  run,
}

const WINDOW_MS = 250
const COLD_MS = 2000

async function run(bench: Bench): Promise<Outcome> {
  const seconds = bench.options.isQuick ? 6 : 10
  const first = await bench.startServer()
  await bench.step('filling it', null, () => fill(first))
  const fresh = await bench.step('starting another process on its database', null, async () =>
    bench.keep(await first.startAnother()),
  )
  const { windows, reads } = await bench.step('reads from its start', seconds, () =>
    bench.load(fresh, { name: 'cold', loop: closed({ readers: reference.readers }, seconds, 0), windowMs: WINDOW_MS }),
  )
  const coldWindows = COLD_MS / WINDOW_MS
  const cold = loadsOf(windows.slice(0, coldWindows), COLD_MS).reads
  const warm = loadsOf(windows.slice(-coldWindows), COLD_MS).reads
  const firstQuarter = loadsOf(windows.slice(0, 1), WINDOW_MS).reads
  return {
    figures: {
      ...loadFigures('cold', cold),
      ...loadFigures('warm', warm),
      cold_share: rounded(cold.perSecond / warm.perSecond),
    },
    judgements: [
      {
        promise: 'a process that has just started answers without an error',
        measured: `${reads.failed + reads.refused} errors; the first two seconds reach ${percent(cold.perSecond / warm.perSecond)} of a warm process, at ${shown(cold.maxMs)} ms at most`,
        holds: reads.failed + reads.refused === 0 && reads.requests > 0,
      },
    ],
    tables: [
      {
        title: 'Cold and warm',
        columns: LOAD_COLUMNS,
        rows: [loadRow('the first 0.25 s', firstQuarter), loadRow('the first 2 s', cold), loadRow('2 s, warm', warm)],
      },
    ],
    series: { reads_per_s: windows.map((window) => rounded(loadsOf([window], WINDOW_MS).reads.perSecond)) },
  }
}
