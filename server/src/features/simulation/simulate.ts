import { availableParallelism } from 'node:os'
import type { Context } from '../../context.ts'
import { every } from '../../infra/timer.ts'
import type { Simulation } from './domain/simulation.ts'
import { endSimulation, updateProgress } from './queries/simulations.ts'
import { listHistoryAsJson, type HistorySummary, type Place } from './queries/stored-history.ts'
import type { Replayer } from './replay/replayer.ts'
import { shareOut, withReplayers } from './replay/share-out.ts'
import { reportOf, type Report } from './report.ts'
import { rulesOf } from './rules.ts'
import { toReportJson } from './schemas.ts'

type Deps = Pick<Context, 'db' | 'workspaceId'>

const HEARTBEAT_MS = 1000
const PAGE_SIZE = 500
/** Each thread keeps the history; of a large one there is one copy only. */
const LARGE = 100_000
const STOPPED = 'The process that ran it was stopped before it was done. Run it again.'

/** Replays the stored history, says how far it is every second, and writes down what came out or why nothing did. Never throws. */
export async function simulate(
  deps: Deps,
  simulation: Simulation,
  history: HistorySummary,
  stopping: AbortSignal,
): Promise<void> {
  const { db, workspaceId } = deps
  const lost = new AbortController()
  const signal = AbortSignal.any([stopping, lost.signal])
  const shares: number[] = []
  const heartbeat = every(
    HEARTBEAT_MS,
    async () => {
      const progress = shares.reduce((sum, share) => sum + share, 0) / shares.length
      const stillOurs = await db.run(updateProgress(workspaceId, simulation.simulationId, progress || 0))
      if (stillOurs.length === 0) lost.abort()
    },
    // A database that does not answer for a minute lets others count it as failed, which the next beat sees.
    () => undefined,
  )
  const end = await replay(deps, simulation, history, { signal, shares }).then(
    (report) => ({ report: toReportJson(report) }),
    (error: Error) => ({ failure: stopping.aborted ? STOPPED : error.message }),
  )
  await heartbeat.stop()
  // Who cannot write it down falls silent, and counts as failed after a minute.
  await db.run(endSimulation(workspaceId, simulation.simulationId, end)).catch(() => undefined)
}

function replay(
  deps: Deps,
  { request }: Simulation,
  history: HistorySummary,
  { signal, shares }: { signal: AbortSignal; shares: number[] },
): Promise<Report> {
  const rules = rulesOf(request.loadWeights, request.rules)
  const tasks = rules.map((rule, index) => ({ rule, index }))
  shares.push(...rules.map(() => 0))
  return withReplayers(threadsFor(history, rules.length), async (replayers) => {
    const end = () => void Promise.all(replayers.map((replayer) => replayer.close()))
    signal.addEventListener('abort', end)
    await load(deps, { ...request, tellsRepository: history.repositories > 1 }, replayers, signal)
    const parts = await shareOut(replayers, tasks, async (replayer, { rule, index }) => {
      const replayed = await replayer.replay(rule, (share) => void (shares[index] = share))
      shares[index] = 1
      return replayed
    })
    return reportOf(parts)
  })
}

/** Half of the cores are left to those who serve requests. */
function threadsFor({ changes }: HistorySummary, rules: number): number {
  return changes > LARGE ? 1 : Math.max(1, Math.min(rules, Math.floor(availableParallelism() / 2)))
}

async function load(
  { db, workspaceId }: Deps,
  { tellsRepository, ...window }: Simulation['request'] & { tellsRepository: boolean },
  replayers: readonly Replayer[],
  signal: AbortSignal,
): Promise<void> {
  let after: Place | null = null
  do {
    signal.throwIfAborted()
    const page = await listHistoryAsJson(db, workspaceId, window, { after, limit: PAGE_SIZE, tellsRepository })
    for (const replayer of replayers) replayer.load(page.json)
    after = page.last
  } while (after !== null)
}
