import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closed, type Bench, type Measured } from '../bench.ts'
import { rounded } from '../figures.ts'
import { fill } from '../load/fill.ts'
import { reference } from '../load/reference.ts'
import { readLargestProfile, sharesOf, type TimeShares } from '../machine/cpu-profile.ts'
import { percent, type Table } from '../report/table.ts'
import type { Figures, Outcome, Scenario } from '../scenario.ts'
import { loadFigures } from './load-rows.ts'

export const profile: Scenario = {
  name: 'profile',
  about: 'where the main thread of the server spends its time under the reference load, and under creates alone',
  run,
}

const SHOWN_FUNCTIONS = 12

type Profiled = { name: 'both' | 'creates'; title: string; load: Measured; shares: TimeShares }

async function run(bench: Bench): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-profile-'))
  try {
    const results = await profileLoads(bench, folder)
    return {
      figures: Object.assign({}, ...results.map(figuresOf)) as Figures,
      judgements: [],
      tables: [areaTable(results), ...results.map(functionTable)],
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function profileLoads(bench: Bench, folder: string): Promise<Profiled[]> {
  const seconds = bench.options.isQuick ? 5 : 15
  const { readers, writers } = reference
  const settings = { BUN_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` }
  const server = await bench.startServer({ settings })
  await bench.step('filling it', null, () => fill(server))
  const measure = async (name: Profiled['name'], title: string) => {
    const loop = name === 'both' ? closed({ readers, writers }, seconds, 2) : closed({ writers }, seconds, 2)
    const writes = name === 'both' ? 'mix' : 'creates'
    const load = await bench.step(title, seconds + 2, () => bench.load(server, { name, loop, writes }))
    const toMs = Date.now()
    return { name, title, load, fromMs: toMs - seconds * 1000, toMs }
  }
  const measured = [await measure('both', 'reads and writes together'), await measure('creates', 'creates alone')]
  // The profile is written when the process ends.
  await bench.step('reading the profile', null, server.stop)
  const cpuProfile = await readLargestProfile(folder)
  return measured.map(({ fromMs, toMs, ...rest }) => ({ ...rest, shares: sharesOf(cpuProfile, fromMs, toMs) }))
}

function figuresOf({ name, load, shares }: Profiled): Figures {
  const areas = [...shares.areas].map(([area, part]) => [`${name}: ${area}`, rounded(part)] as const)
  return { ...loadFigures(`${name}_writes`, load.writes), ...Object.fromEntries(areas) }
}

function areaTable(results: readonly Profiled[]): Table {
  const areas = [...new Set(results.flatMap(({ shares }) => [...shares.areas.keys()]))]
  return {
    title: 'Where the main thread spends its time',
    columns: ['', ...results.map(({ title }) => title)],
    rows: areas.map((area) => [area, ...results.map(({ shares }) => percent(shares.areas.get(area) ?? 0))]),
    note: 'Sampled by the runtime, which costs a few per cent itself. Built-in functions count to whoever called them.',
  }
}

function functionTable({ title, shares }: Profiled): Table {
  return {
    title: `The functions with most time of their own, ${title}`,
    columns: ['', 'of the time'],
    rows: [...shares.functions].slice(0, SHOWN_FUNCTIONS).map(([name, part]) => [name, percent(part)]),
  }
}
