import { closed, type Bench, type Measured } from '../bench.ts'
import { rounded } from '../figures.ts'
import { fill } from '../load/fill.ts'
import { reference } from '../load/reference.ts'
import { percent, times, type Table } from '../report/table.ts'
import { joined, type Figures, type Outcome, type Scenario } from '../scenario.ts'
import { LOAD_COLUMNS, loadFigures, loadRow, troubleOf, USAGE_COLUMNS, usageCells, usageFigures } from './load-rows.ts'

export const processes: Scenario = {
  name: 'processes',
  about: 'one server process against two and four: as --workers on one port, and as servers on one database',
  run,
}

type Setting = { name: string; title: string; measure: (bench: Bench) => Promise<Measured> }

const settings: readonly Setting[] = [
  { name: 'one', title: 'one process', measure: (bench) => ofWorkers(bench, 1) },
  ...[2, 4].map((count): Setting => ({
    name: `workers_${count}`,
    title: `--workers ${count}`,
    measure: (bench) => ofWorkers(bench, count),
  })),
  ...[2, 4].map((count): Setting => ({
    name: `servers_${count}`,
    title: `${count} servers on one database`,
    measure: (bench) => ofServers(bench, count),
  })),
]

async function run(bench: Bench): Promise<Outcome> {
  const measured: Measured[] = []
  for (const { measure } of settings) measured.push(await measure(bench))
  const trouble = troubleOf(...measured)
  return {
    figures: figuresOf(measured),
    judgements: [
      {
        promise: 'several processes on one database answer without an error',
        measured: `${trouble} errors`,
        holds: trouble === 0,
      },
    ],
    tables: [tableOf(measured)],
  }
}

async function ofWorkers(bench: Bench, workers: number): Promise<Measured> {
  const server = await bench.startServer(workers === 1 ? {} : { workers })
  await bench.step(`${workers} on one port: filling it`, null, () => fill(server))
  const { loop, seconds } = loopOf(bench)
  const result = await bench.step(`${workers} on one port`, seconds, () => bench.load(server, { name: 'port', loop }))
  await server.stop()
  return result
}

async function ofServers(bench: Bench, count: number): Promise<Measured> {
  const first = await bench.startServer()
  await bench.step(`${count} servers: filling the database`, null, () => fill(first))
  const others = await Promise.all(Array.from({ length: count - 1 }, () => first.startAnother()))
  const servers = [first, ...others.map(bench.keep)]
  const { loop, seconds } = loopOf(bench)
  const result = await bench.step(`${count} servers`, seconds, () =>
    bench.load(first, {
      name: 'servers',
      loop,
      targets: servers.map(({ target }) => target),
      watched: { ...first.watched, servers: servers.map(({ pid }) => pid) },
    }),
  )
  for (const server of servers.toReversed()) await server.stop()
  return result
}

function loopOf(bench: Bench) {
  const { readers, writers } = reference
  const [seconds, warmUp] = bench.options.isQuick ? [5, 2] : [12, 3]
  return { loop: closed({ readers, writers }, seconds, warmUp), seconds: seconds + warmUp }
}

function figuresOf(measured: readonly Measured[]): Figures {
  const one = measured[0]!
  return joined(
    measured.map((result, index) => {
      const { name } = settings[index]!
      return {
        ...loadFigures(`${name}_reads`, result.reads),
        ...loadFigures(`${name}_writes`, result.writes),
        ...usageFigures(name, result.usage),
        [`${name}_reads_ratio`]: rounded(result.reads.perSecond / one.reads.perSecond),
        [`${name}_writes_ratio`]: rounded(result.writes.perSecond / one.writes.perSecond),
      }
    }),
  )
}

function tableOf(measured: readonly Measured[]): Table {
  const one = measured[0]!
  return {
    title: 'Several processes',
    columns: [...LOAD_COLUMNS, 'against one', ...USAGE_COLUMNS],
    rows: measured.flatMap((result, index) => {
      const { title } = settings[index]!
      return [
        [
          ...loadRow(`reads, ${title}`, result.reads),
          times(result.reads.perSecond / one.reads.perSecond),
          ...usageCells(result.usage),
        ],
        [
          ...loadRow(`writes, ${title}`, result.writes),
          times(result.writes.perSecond / one.writes.perSecond),
          ...USAGE_COLUMNS.map(() => ''),
        ],
      ]
    }),
    note: `Server, database and generator share the cores of the machine; ${percent(1)} is one core. Server CPU and memory are those of all processes together.`,
  }
}
