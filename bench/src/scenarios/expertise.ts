import { closed, type Bench } from '../bench.ts'
import { rounded } from '../figures.ts'
import { importHistory, useExpertise } from '../load/expertise.ts'
import { fill } from '../load/fill.ts'
import { reference } from '../load/reference.ts'
import { percent, shown, type Table } from '../report/table.ts'
import { figure, type Figures, type Judgement, type Outcome, type Scenario } from '../scenario.ts'
import type { BenchServer } from '../server.ts'
import { measureRanking } from './expertise/ranking.ts'
import { errorsOf, mediansOf, turns, type Round, type Side } from './expertise/rounds.ts'

export const expertise: Scenario = {
  name: 'expertise',
  about: 'the reference load by the policy expertise, five files a pull request, beside the same by least-loaded',
  run,
}

const FILES_PER_CREATE = 5
const LEAST_RATIO = 0.9

async function run(bench: Bench): Promise<Outcome> {
  const { isQuick } = bench.options
  const servers = { plain: await prepared(bench, 'plain'), expertise: await prepared(bench, 'expertise') }
  const rounds = await measureRounds(bench, servers)
  const ranking = await bench.step('ranking alone', null, () =>
    Promise.resolve(measureRanking(isQuick ? 5000 : 20_000)),
  )
  const plain = mediansOf(rounds, 'plain')
  const informed = mediansOf(rounds, 'expertise')
  const figures = { ...figuresOf(plain, informed), errors: errorsOf(rounds), ...ranking }
  return { figures, judgements: judge(figures), tables: [loadTable(plain, informed, rounds), rankingTable(figures)] }
}

/** Both have the same people, pull requests and history, each in a database of its own. */
async function prepared(bench: Bench, side: Side): Promise<BenchServer> {
  const server = await bench.startServer()
  await bench.step(`filling the server of ${side}, with a history of 10,000 changes`, null, async () => {
    await fill(server)
    await importHistory(server, FILES_PER_CREATE)
    if (side === 'expertise') await useExpertise(server)
  })
  return server
}

/** One server is idle while the other is measured. The first round of each is a warm-up, and does not count. */
async function measureRounds(bench: Bench, servers: Record<Side, BenchServer>): Promise<Round[]> {
  const [count, seconds] = bench.options.isQuick ? [8, 5] : [12, 10]
  const rounds: Round[] = []
  for (const [index, side] of (['plain', 'expertise', ...turns(count)] as const).entries()) {
    const loop = closed({ readers: reference.readers, writers: reference.writers }, seconds, 2)
    const measured = await bench.step(`${side}, round ${index + 1} of ${count + 2}`, seconds + 2, () =>
      bench.load(servers[side], {
        name: `round-${index}`,
        loop,
        ...(side === 'expertise' ? { filesPerCreate: FILES_PER_CREATE } : {}),
      }),
    )
    rounds.push({ side, measured })
  }
  return rounds.slice(2)
}

function figuresOf(plain: Figures, informed: Figures): Figures {
  const ratio = (name: string) => rounded(figure(informed, name) / figure(plain, name))
  return {
    ...prefixed('plain', plain),
    ...prefixed('expertise', informed),
    reads_ratio: ratio('reads_per_s'),
    writes_ratio: ratio('writes_per_s'),
    together_ratio: ratio('together_per_s'),
    server_cpu_ratio: ratio('server_cpu_us_per_request'),
  }
}

function prefixed(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix}_${name}`, value]))
}

function judge(figures: Figures): Judgement[] {
  const of = (name: string) => figure(figures, name)
  const ratios = [of('reads_ratio'), of('writes_ratio'), of('together_ratio')]
  const [reads, writes, together] = ratios.map(percent)
  return [
    {
      promise: 'with `expertise` and five files a pull request the reference load falls by less than 10 %',
      measured: `reads ${reads}, writes ${writes}, together ${together} of those by least-loaded without files`,
      holds: ratios.every((ratio) => ratio > LEAST_RATIO),
    },
    {
      promise: 'and without an error',
      measured: `${of('errors')} errors and refusals`,
      holds: of('errors') === 0,
    },
  ]
}

const SHOWN = {
  reads_per_s: 'reads/s',
  writes_per_s: 'writes/s',
  reads_p50_ms: 'read p50 ms',
  reads_p99_ms: 'read p99 ms',
  writes_p50_ms: 'write p50 ms',
  writes_p99_ms: 'write p99 ms',
  server_cpu_us_per_request: 'server CPU µs each',
  postgres_cpu_us_per_request: 'PostgreSQL CPU µs each',
  server_peak_mib: 'server MiB',
}

function loadTable(plain: Figures, informed: Figures, rounds: readonly Round[]): Table {
  const names = Object.keys(SHOWN)
  const row = (title: string, figures: Figures) => [title, ...names.map((name) => shown(figure(figures, name)))]
  return {
    title: 'The reference load, by policy',
    columns: ['', ...Object.values(SHOWN)],
    rows: [
      row('least-loaded, the contract’s three fields', plain),
      row('expertise, five files each', informed),
      ['ratio', ...names.map((name) => percent(figure(informed, name) / figure(plain, name)))],
    ],
    note:
      `Medians of ${rounds.length / 2} rounds each of ${figure(plain, 'seconds')} s, in the order ABBA, after one that does not count. ` +
      'Each side has a server and a database of its own, one idle while the other is measured; both hold the same history of 10,000 changes.',
  }
}

function rankingTable(figures: Figures): Table {
  const of = (name: string) => shown(figure(figures, name))
  return {
    title: 'One ranking: 200 candidates, 20 files, 10,000 changes learned',
    columns: ['', 'p50 ms', 'p99 ms', 'files and folders', 'people'],
    rows: [
      ['knowing and deciding', of('ranking_p50_ms'), of('ranking_p99_ms'), of('index_places'), of('index_people')],
    ],
  }
}
