import { closed, type Bench } from '../bench.ts'
import { rounded } from '../figures.ts'
import { startChild } from '../load/child.ts'
import { fill } from '../load/fill.ts'
import { reference } from '../load/reference.ts'
import { residentMib } from '../machine/usage.ts'
import { percent, shown } from '../report/table.ts'
import type { Outcome, Scenario } from '../scenario.ts'
import type { BenchServer } from '../server.ts'
import { LOAD_COLUMNS, loadFigures, loadRow, troubleOf } from './load-rows.ts'

export const idleConnections: Scenario = {
  name: 'idle-connections',
  about: '10,000 idle keep-alive connections: what they cost in memory and in throughput',
  run,
}

const CONNECTIONS = 10_000
const OPEN_FILES = 20_000
const IDLE_TIMEOUT_S = '255'

async function run(bench: Bench): Promise<Outcome> {
  const server = await bench.startServer({ openFiles: OPEN_FILES, settings: { IDLE_TIMEOUT_S } })
  await bench.step('filling it', null, () => fill(server))
  const without = await readsOf(bench, server, 'reads without them')
  const beforeMib = await residentMib(server.watched)
  const holder = startChild<number>('idle.ts', [String(server.target.port), String(CONNECTIONS)], OPEN_FILES)
  try {
    const held = await bench.step(`opening ${shown(CONNECTIONS)} connections`, null, () => holder.next())
    const afterMib = await residentMib(server.watched)
    const having = await readsOf(bench, server, 'reads beside them')
    const share = having.reads.perSecond / without.reads.perSecond
    const trouble = troubleOf(without, having)
    return {
      figures: {
        held,
        before_mib: rounded(beforeMib),
        after_mib: rounded(afterMib),
        kib_per_connection: rounded(((afterMib - beforeMib) * 1024) / held),
        ...loadFigures('without', without.reads),
        ...loadFigures('with', having.reads),
        share_with_them: rounded(share),
      },
      judgements: [
        {
          promise: '10,000 idle connections are held, and reads go on without an error',
          measured: `${shown(held)} held for ${shown(afterMib - beforeMib)} MiB; reads reach ${percent(share)} of those without; ${trouble} errors`,
          holds: held === CONNECTIONS && trouble === 0,
        },
      ],
      tables: [
        {
          title: 'Idle connections',
          columns: [...LOAD_COLUMNS, 'server memory'],
          rows: [
            [...loadRow('reads without them', without.reads), `${shown(beforeMib)} MiB`],
            [...loadRow(`reads beside ${shown(held)}`, having.reads), `${shown(afterMib)} MiB`],
          ],
          note: 'Memory is the resident size before and after they were opened.',
        },
      ],
    }
  } finally {
    holder.end()
  }
}

function readsOf(bench: Bench, server: BenchServer, label: string) {
  const [seconds, warmUp] = bench.options.isQuick ? [3, 1] : [8, 2]
  return bench.step(label, seconds + warmUp, () =>
    bench.load(server, { name: 'reads', loop: closed({ readers: reference.readers }, seconds, warmUp) }),
  )
}
