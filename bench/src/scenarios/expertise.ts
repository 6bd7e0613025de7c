import type { Bench } from '../bench.ts'
import { importHistory, useExpertise } from '../load/expertise.ts'
import { fill } from '../load/fill.ts'
import { shown, type Table } from '../report/table.ts'
import { figure, type Figures, type Judgement, type Outcome, type Scenario } from '../scenario.ts'
import type { BenchServer } from '../server.ts'
import { measureRanking } from './expertise/ranking.ts'
import { comparedFigures, measureRounds, ratiosOf, sidesTable, type Round, type Side } from './rounds.ts'

export const expertise: Scenario = {
  name: 'expertise',
  about: 'the reference load by the policy expertise, five files a pull request, beside the same by least-loaded',
  run,
}

const FILES_PER_CREATE = 5
const LEAST_RATIO = 0.9

async function run(bench: Bench): Promise<Outcome> {
  const { isQuick } = bench.options
  const servers = { plain: await prepared(bench, 'plain'), other: await prepared(bench, 'other') }
  const rounds = await measureRounds(bench, servers, (side) =>
    side === 'other' ? { filesPerCreate: FILES_PER_CREATE } : {},
  )
  const ranking = await bench.step('ranking alone', null, () =>
    Promise.resolve(measureRanking(isQuick ? 5000 : 20_000)),
  )
  const figures = { ...comparedFigures(rounds, 'expertise'), ...ranking }
  return { figures, judgements: judge(figures), tables: [loadTable(rounds), rankingTable(figures)] }
}

/** Both have the same people, pull requests and history, each in a database of its own. */
async function prepared(bench: Bench, side: Side): Promise<BenchServer> {
  const server = await bench.startServer()
  await bench.step(`filling the server of ${side}, with a history of 10,000 changes`, null, async () => {
    await fill(server)
    await importHistory(server, FILES_PER_CREATE)
    if (side === 'other') await useExpertise(server)
  })
  return server
}

function judge(figures: Figures): Judgement[] {
  const { together, text } = ratiosOf(figures)
  const errors = figure(figures, 'errors')
  return [
    {
      promise: 'with `expertise` and five files a pull request the reference load falls by less than 10 %',
      measured: `${text} of the requests by least-loaded without files are left`,
      holds: together > LEAST_RATIO,
    },
    {
      promise: 'and without an error',
      measured: `${errors} errors and refusals`,
      holds: errors === 0,
    },
  ]
}

function loadTable(rounds: readonly Round[]): Table {
  return sidesTable(rounds, {
    title: 'The reference load, by policy',
    plain: 'least-loaded, the contract’s three fields',
    other: 'expertise, five files each',
    note: '; both hold the same history of 10,000 changes.',
  })
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
