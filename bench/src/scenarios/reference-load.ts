import { closed, type Bench, type Measured } from '../bench.ts'
import { measureOneCreate, type OneCreate } from '../database/one-create.ts'
import { rounded } from '../figures.ts'
import { fill } from '../load/fill.ts'
import { reference } from '../load/reference.ts'
import { percent, shown, times, type Table } from '../report/table.ts'
import { figure, type Figures, type Judgement, type Outcome, type Scenario } from '../scenario.ts'
import type { BenchServer } from '../server.ts'
import { measureReadLimits, share, type ReadLimits } from './limits.ts'
import { LOAD_COLUMNS, loadFigures, loadRow, troubleOf, USAGE_COLUMNS, usageCells, usageFigures } from './load-rows.ts'

export const referenceLoad: Scenario = {
  name: 'reference-load',
  about: 'the reference scenario of the field, 60 readers and 60 writers at once, beside what limits it',
  run,
}

type All = ReadLimits & { together: Measured; creates: Measured; writes: Measured; oneCreate: OneCreate }

async function run(bench: Bench): Promise<Outcome> {
  const server = await bench.startServer()
  await bench.step('filling it with 20 teams, 4,000 users, 1,000 pull requests', null, () => fill(server))
  const all = await measureAll(bench, server)
  const figures = figuresOf(all)
  return { figures, judgements: judge(figures), tables: [loadTable(all), limitTable(figures, all.oneCreate)] }
}

async function measureAll(bench: Bench, server: BenchServer): Promise<All> {
  const { isQuick } = bench.options
  const { readers, writers } = reference
  const [seconds, warmUp] = isQuick ? [6, 2] : [20, 4]
  const [secondsAlone, warmUpAlone] = isQuick ? [3, 1] : [10, 2]
  const together = await bench.step('reads and writes together', seconds + warmUp, () =>
    bench.load(server, { name: 'both', loop: closed({ readers, writers }, seconds, warmUp) }),
  )
  const limits = await measureReadLimits(bench, server, 'reads')
  const writes = await bench.step('writes alone', secondsAlone + warmUpAlone, () =>
    bench.load(server, { name: 'writes', loop: closed({ writers }, secondsAlone, warmUpAlone) }),
  )
  const creates = await bench.step('creates alone', secondsAlone + warmUpAlone, () =>
    bench.load(server, { name: 'creates', loop: closed({ writers }, secondsAlone, warmUpAlone), writes: 'creates' }),
  )
  const oneCreate = await bench.step('one create per transaction', secondsAlone, () =>
    measureOneCreate(server.databaseUrl, secondsAlone),
  )
  return { ...limits, together, creates, writes, oneCreate }
}

function figuresOf(all: All): Figures {
  const { together, readsAlone, creates, writes, sameBytes, oneTeam, generator, oneCreate } = all
  return {
    ...loadFigures('reads', together.reads),
    ...loadFigures('writes', together.writes),
    ...usageFigures('together', together.usage),
    ...loadFigures('reads_alone', readsAlone.reads),
    ...usageFigures('reads_alone', readsAlone.usage),
    ...loadFigures('creates_alone', creates.writes),
    ...usageFigures('creates_alone', creates.usage),
    ...loadFigures('writes_alone', writes.writes),
    ...usageFigures('writes_alone', writes.usage),
    ...loadFigures('bare_http_same_bytes', sameBytes.reads),
    ...usageFigures('bare_http_same_bytes', sameBytes.usage),
    ...loadFigures('bare_http_one_team', oneTeam.reads),
    ...loadFigures('generator_ceiling', generator.reads),
    ...usageFigures('generator_ceiling', generator.usage),
    one_create_per_transaction_per_s: rounded(oneCreate.perSecond),
    one_create_per_transaction_mean_ms: rounded(oneCreate.meanMs),
    errors: troubleOf(together, readsAlone, creates, writes),
    share_of_bare_http: share(readsAlone.reads.perSecond, sameBytes.reads.perSecond),
    creates_per_single_create: share(creates.writes.perSecond, oneCreate.perSecond),
  }
}

function judge(figures: Figures): Judgement[] {
  const of = (name: string) => figure(figures, name)
  return [
    {
      promise: 'at least 20,000 reads/s while it writes, on one process',
      measured: `${shown(of('reads_per_s'))} reads/s`,
      holds: of('reads_per_s') >= 20_000,
    },
    {
      promise: 'at least 5,000 writes/s while it reads, on one process',
      measured: `${shown(of('writes_per_s'))} writes/s`,
      holds: of('writes_per_s') >= 5000,
    },
    {
      promise: 'p99 of reads under 20 ms, of writes under 60 ms, at once',
      measured: `${shown(of('reads_p99_ms'))} ms and ${shown(of('writes_p99_ms'))} ms`,
      holds: of('reads_p99_ms') < 20 && of('writes_p99_ms') < 60,
    },
    {
      promise: 'no error and no refusal, together or alone',
      measured: `${of('errors')} in ${shown(of('reads_requests') + of('writes_requests') + of('reads_alone_requests') + of('creates_alone_requests') + of('writes_alone_requests'))} requests`,
      holds: of('errors') === 0 && of('reads_requests') > 0 && of('writes_requests') > 0,
    },
    {
      promise: 'reads alone, warm, reach 70 % of the bare HTTP server with the same bytes',
      measured: percent(of('share_of_bare_http')),
      holds: of('share_of_bare_http') >= 0.7,
    },
    {
      promise: 'creates alone are at least 2 × one create per transaction on the same database',
      measured: times(of('creates_per_single_create')),
      holds: of('creates_per_single_create') >= 2,
    },
  ]
}

function loadTable(all: All): Table {
  const { together, readsAlone, creates, writes } = all
  const nobody = USAGE_COLUMNS.map(() => '')
  return {
    title: 'The reference load',
    columns: [...LOAD_COLUMNS, ...USAGE_COLUMNS],
    rows: [
      [...loadRow('reads, with the writes', together.reads), ...usageCells(together.usage)],
      [...loadRow('writes, with the reads', together.writes), ...nobody],
      [...loadRow('reads alone, warm', readsAlone.reads), ...usageCells(readsAlone.usage)],
      [...loadRow('creates alone', creates.writes), ...usageCells(creates.usage)],
      [...loadRow('writes alone', writes.writes), ...usageCells(writes.usage)],
    ],
    note: 'CPU in per cent of one core; memory is the highest resident size of the server while it was measured.',
  }
}

function limitTable(figures: Figures, { client }: OneCreate): Table {
  const of = (name: string) => figure(figures, name)
  const row = (name: string, limit: string, ours: string) => [
    name,
    shown(of(limit)),
    shown(of(ours)),
    percent(of(ours) / of(limit)),
  ]
  return {
    title: 'Beside its limits',
    columns: ['', 'limit, a second', 'ours, a second', 'ours / limit'],
    rows: [
      row('bare HTTP server, same bytes and requests', 'bare_http_same_bytes_per_s', 'reads_alone_per_s'),
      row('bare HTTP server, the bytes of one team', 'bare_http_one_team_per_s', 'reads_alone_per_s'),
      row(
        `one create per transaction, 60 clients, by ${client}`,
        'one_create_per_transaction_per_s',
        'creates_alone_per_s',
      ),
      row('the generator itself, against plain sockets', 'generator_ceiling_per_s', 'reads_alone_per_s'),
    ],
  }
}
