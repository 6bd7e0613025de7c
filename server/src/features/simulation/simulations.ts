import type { Context } from '../../context.ts'
import type { Simulation } from './domain/simulation.ts'
import type { HistorySummary } from './queries/stored-history.ts'
import { simulate } from './simulate.ts'

/** What the use cases of this feature share within a process. */
export type Simulations = Pick<Context, 'db' | 'workspaceId' | 'answers' | 'nowMs'> & {
  /** Replays beside whatever else the process does. */
  start: (simulation: Simulation, history: HistorySummary) => void
  /** How many run in this process now. */
  running: () => number
  /** Ends what is running here, which then counts as failed. */
  close: () => Promise<void>
}

export function createSimulations({
  db,
  workspaceId,
  answers,
  nowMs,
}: Pick<Context, 'db' | 'workspaceId' | 'answers' | 'nowMs'>): Simulations {
  const running = new Set<{ stop: () => void; ended: Promise<void> }>()
  return {
    db,
    workspaceId,
    answers,
    nowMs,
    start(simulation, history) {
      const stopping = new AbortController()
      const ended = simulate({ db, workspaceId }, simulation, history, stopping.signal).finally(() =>
        running.delete(run),
      )
      const run = { stop: () => stopping.abort(), ended }
      running.add(run)
    },
    running: () => running.size,
    async close() {
      const all = [...running]
      for (const { stop } of all) stop()
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}
