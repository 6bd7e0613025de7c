import { closed, loadsOf, type Bench, type Measured } from '../bench.ts'
import { mean, rounded } from '../figures.ts'
import { fill } from '../load/fill.ts'
import { reference, referencePopulation } from '../load/reference.ts'
import { heapMibIn } from '../machine/metrics.ts'
import { residentMib } from '../machine/usage.ts'
import { percent, shown } from '../report/table.ts'
import type { Outcome, Scenario } from '../scenario.ts'
import type { BenchServer } from '../server.ts'
import { LOAD_COLUMNS, loadFigures, loadRow, troubleOf, USAGE_COLUMNS, usageCells } from './load-rows.ts'

export const soak: Scenario = {
  name: 'soak',
  about: 'the reference load for minutes (--soak MINUTES, 10 by default): memory stays flat',
  run,
}

const SECOND_MS = 1000
/** The load moves on to further teams so many times. */
const STAGES = 20
const LEAST_STAGE_MS = 5000
const MOST_GROWTH = 0.1

type Memory = { residentMib: number[]; heapMib: number[] }

async function run(bench: Bench): Promise<Outcome> {
  const durationMs = Math.round(bench.options.soakMinutes * 60) * SECOND_MS
  const stageMs = Math.max(LEAST_STAGE_MS, Math.ceil(durationMs / STAGES))
  const stages = Math.ceil(durationMs / stageMs) + 1
  const server = await bench.startServer()
  await bench.step(`filling it with ${stages} × 20 teams`, null, () =>
    fill(server, { ...referencePopulation, teams: stages * reference.teams }, 0),
  )
  const { readers, writers } = reference
  const [measured, memory] = await bench.step(`the reference load`, durationMs / SECOND_MS, () =>
    Promise.all([
      bench.load(server, {
        name: 'soak',
        loop: closed({ readers, writers }, durationMs / SECOND_MS, 0),
        windowMs: SECOND_MS,
        moveOnMs: stageMs,
      }),
      watchMemory(server, durationMs),
    ]),
  )
  return outcomeOf(measured, memory, stageMs)
}

async function watchMemory(server: BenchServer, durationMs: number): Promise<Memory> {
  const memory: Memory = { residentMib: [], heapMib: [] }
  const startedMs = performance.now()
  for (let second = 1; second * SECOND_MS <= durationMs; second++) {
    await Bun.sleep(Math.max(0, startedMs + second * SECOND_MS - performance.now()))
    memory.residentMib.push(rounded(await residentMib(server.watched)))
    const heapMib = await heapOf(server)
    if (heapMib !== null) memory.heapMib.push(rounded(heapMib))
  }
  return memory
}

async function heapOf({ url }: BenchServer): Promise<number | null> {
  const response = await fetch(`${url}/metrics`).catch(() => null)
  return response?.ok === true ? heapMibIn(await response.text()) : null
}

/** How much more the last third holds than the middle one. */
export function growthOf(values: readonly number[]): number {
  const third = Math.floor(values.length / 3)
  return mean(values.slice(-third)) / mean(values.slice(third, values.length - third)) - 1
}

function outcomeOf(measured: Measured, memory: Memory, stageMs: number): Outcome {
  const growth = growthOf(memory.residentMib)
  const trouble = troubleOf(measured)
  const seconds = measured.windows.map((window) => loadsOf([window], SECOND_MS))
  const minutes = shown(measured.durationMs / 60_000)
  return {
    figures: {
      minutes: rounded(measured.durationMs / 60_000),
      ...loadFigures('reads', measured.reads),
      ...loadFigures('writes', measured.writes),
      first_mib: memory.residentMib[0] ?? 0,
      last_mib: memory.residentMib.at(-1) ?? 0,
      peak_mib: rounded(measured.usage.serverPeakMib),
      growth_last_to_middle_third: rounded(growth),
      ...(memory.heapMib.length === 0 ? {} : { heap_growth_last_to_middle_third: rounded(growthOf(memory.heapMib)) }),
    },
    judgements: [
      {
        promise: `memory is flat under the full load: the last third at most 10 % above the middle one`,
        measured: `${percent(growth)} in ${minutes} minutes, ${shown(measured.usage.serverPeakMib)} MiB at most`,
        holds: growth <= MOST_GROWTH,
      },
      {
        promise: 'no error and no refusal all along',
        measured: `${trouble} in ${shown(measured.reads.requests + measured.writes.requests)} requests`,
        holds: trouble === 0 && measured.reads.requests > 0,
      },
    ],
    tables: [
      {
        title: `${minutes} minutes of the reference load`,
        columns: [...LOAD_COLUMNS, ...USAGE_COLUMNS],
        rows: [
          [...loadRow('reads', measured.reads), ...usageCells(measured.usage)],
          [...loadRow('writes', measured.writes), ...USAGE_COLUMNS.map(() => '')],
        ],
        note: `The load moves on to 20 further teams every ${shown(stageMs / SECOND_MS)} s.`,
      },
    ],
    series: {
      ...memory,
      reads_per_s: seconds.map(({ reads }) => rounded(reads.perSecond)),
      writes_per_s: seconds.map(({ writes }) => rounded(writes.perSecond)),
      bytes_per_read: seconds.map(({ reads }) => Math.round(reads.bytesPerAnswer)),
    },
  }
}
