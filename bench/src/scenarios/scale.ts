import { closed, type Bench, type Measured } from '../bench.ts'
import { storeHistory, type Whose } from '../database/history.ts'
import { rounded } from '../figures.ts'
import { fill } from '../load/fill.ts'
import { reference, referencePopulation, type Population } from '../load/reference.ts'
import { percent, shown, type Table } from '../report/table.ts'
import { joined, type Figures, type Judgement, type Outcome, type Scenario } from '../scenario.ts'
import { loadFigures, troubleOf } from './load-rows.ts'

export const scale: Scenario = {
  name: 'scale',
  about: '2,000 to 20,000 users, and 1,000 to 1,000,000 stored pull requests: reads and writes hold (minutes)',
  run,
}

type Point = { name: string; at: number; population: Population; stored: number; whose: Whose }
type Line = { name: string; title: string; points: readonly Point[]; measured: readonly Measured[] }

/** Also the most that the two runs of the first point may differ: beyond it a fall of this size cannot be seen. */
const MOST_FALL = 0.15

async function run(bench: Bench): Promise<Outcome> {
  const users = await measureLine(bench, 'users', 'Users, in teams of 200', [10, 20, 100].map(usersPoint))
  const counts = bench.options.isQuick ? [1000, 10_000, 100_000] : [1000, 10_000, 100_000, 1_000_000]
  const stored = await measureLine(
    bench,
    'stored',
    'Stored pull requests of people nobody asks for',
    counts.map((count) => storedPoint(count, 'others')),
  )
  const [own, ownMeasured] = await ownHistory(bench)
  return {
    figures: {
      ...figuresOf(users),
      ...figuresOf(stored),
      ...loadFigures('own_history_100000_reads', ownMeasured.reads),
      ...loadFigures('own_history_100000_writes', ownMeasured.writes),
    },
    judgements: [...judge(users), ...judge(stored)],
    tables: [tableOf(users), tableOf(stored), ownTable(own, ownMeasured, stored)],
    series: { ...seriesOf(users), ...seriesOf(stored) },
  }
}

function usersPoint(teams: number): Point {
  const population = { ...referencePopulation, teams }
  const users = teams * population.usersPerTeam
  return { name: `${shown(users)} users`, at: users, population, stored: 0, whose: 'others' }
}

function storedPoint(count: number, whose: Whose): Point {
  return { name: `${shown(count)} stored`, at: count, population: referencePopulation, stored: count, whose }
}

/** Every point on a server of its own, and the first once more at the end, which shows how much the machine drifts. */
async function measureLine(bench: Bench, name: string, title: string, points: readonly Point[]): Promise<Line> {
  const measured: Measured[] = []
  for (const point of [...points, points[0]!]) measured.push(await measurePoint(bench, point))
  return { name, title, points, measured }
}

async function measurePoint(bench: Bench, { name, population, stored, whose }: Point): Promise<Measured> {
  const [seconds, warmUp] = bench.options.isQuick ? [5, 2] : [10, 3]
  const { readers, writers } = reference
  const server = await bench.startServer()
  await bench.step(`${name}: filling it`, null, () => fill(server, population))
  if (stored > 0) await bench.step(`${name}: storing them`, null, () => storeHistory(server.databaseUrl, stored, whose))
  const loop = closed({ readers, writers }, seconds, warmUp)
  const result = await bench.step(name, seconds + warmUp, () => bench.load(server, { name: 'scale', population, loop }))
  await server.stop()
  return result
}

async function ownHistory(bench: Bench): Promise<[Point, Measured]> {
  const point = { ...storedPoint(100_000, 'same people'), name: '100,000 stored, of the same people' }
  return [point, await measurePoint(bench, point)]
}

/** Of the throughput at the first point, the mean of its two runs. */
function relative({ measured }: Line, kind: 'reads' | 'writes'): number[] {
  const rates = measured.map((one) => one[kind].perSecond)
  const first = (rates[0]! + rates.at(-1)!) / 2
  return rates.map((rate) => rate / first)
}

/** How far apart the two runs of the first point are, against their mean. */
function driftOf({ measured }: Line, kind: 'reads' | 'writes'): number {
  const [first, again] = [measured[0]![kind].perSecond, measured.at(-1)![kind].perSecond]
  return Math.abs(first - again) / ((first + again) / 2)
}

function figuresOf(line: Line): Figures {
  const names = [...line.points.map(({ at }) => `${line.name}_${at}`), `${line.name}_${line.points[0]!.at}_again`]
  const [reads, writes] = [relative(line, 'reads'), relative(line, 'writes')]
  return joined(
    line.measured.map((one, index) => ({
      ...loadFigures(`${names[index]}_reads`, one.reads),
      ...loadFigures(`${names[index]}_writes`, one.writes),
      [`${names[index]}_reads_relative`]: rounded(reads[index]!),
      [`${names[index]}_writes_relative`]: rounded(writes[index]!),
    })),
  )
}

function judge(line: Line): Judgement[] {
  // The first point and its repetition are the measure, not measured by it.
  const [reads, writes] = [relative(line, 'reads').slice(1, -1), relative(line, 'writes').slice(1, -1)]
  const [leastReads, leastWrites] = [Math.min(...reads), Math.min(...writes)]
  const trouble = troubleOf(...line.measured)
  const drift = Math.max(driftOf(line, 'reads'), driftOf(line, 'writes'))
  return [
    {
      promise: `${line.points[0]!.name} to ${line.points.at(-1)!.name}: throughput falls by less than 15 %, without errors`,
      measured: `reads ${percent(leastReads)}, writes ${percent(leastWrites)} of the first at the least; ${trouble} errors; the machine drifted by ${percent(drift)}`,
      holds: leastReads > 1 - MOST_FALL && leastWrites > 1 - MOST_FALL && drift < MOST_FALL && trouble === 0,
    },
  ]
}

function tableOf(line: Line): Table {
  const [reads, writes] = [relative(line, 'reads'), relative(line, 'writes')]
  const names = [...line.points.map(({ name }) => name), `${line.points[0]!.name} again`]
  return {
    title: line.title,
    columns: [
      '',
      'reads/s',
      'of the first',
      'writes/s',
      'of the first',
      'p99 reads ms',
      'p99 writes ms',
      'bytes a read',
    ],
    rows: line.measured.map((one, index) => [
      names[index]!,
      shown(one.reads.perSecond),
      percent(reads[index]!),
      shown(one.writes.perSecond),
      percent(writes[index]!),
      shown(one.reads.p99Ms),
      shown(one.writes.p99Ms),
      shown(one.reads.bytesPerAnswer),
    ]),
    note: 'The first point is the mean of its two runs.',
  }
}

function ownTable({ name }: Point, own: Measured, { points, measured }: Line): Table {
  const row = (title: string, { reads, writes }: Measured) => [
    title,
    ...[reads.perSecond, writes.perSecond, reads.p99Ms, writes.p99Ms, reads.bytesPerAnswer].map(shown),
  ]
  const index = points.findIndex(({ at }) => at === 100_000)
  return {
    title: 'Stored pull requests of the same people, whose answers grow with them',
    columns: ['', 'reads/s', 'writes/s', 'p99 reads ms', 'p99 writes ms', 'bytes a read'],
    rows: [row(`${points[index]!.name}, of others`, measured[index]!), row(name, own)],
  }
}

function seriesOf(line: Line): Record<string, number[]> {
  return {
    [`${line.name}_points`]: line.points.map(({ at }) => at),
    [`${line.name}_reads_relative`]: relative(line, 'reads').slice(0, -1).map(rounded),
    [`${line.name}_writes_relative`]: relative(line, 'writes').slice(0, -1).map(rounded),
  }
}
