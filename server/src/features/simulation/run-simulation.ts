import { randomUUID } from 'node:crypto'
import { runCall, type Call } from '../../infra/db/commands.ts'
import type { Tx } from '../../infra/db/database.ts'
import { actorLabel } from '../../shared/actor.ts'
import type { Simulation, SimulationRequest } from './domain/simulation.ts'
import { failSilentSimulations, findRunningSimulation, insertSimulation } from './queries/simulations.ts'
import { getHistorySummary, type HistorySummary } from './queries/stored-history.ts'
import { simulationRunning, tooLittleHistory, tooMuchHistory } from './refusals.ts'
import { WARM_UP_DAYS } from './replay-history.ts'
import type { Simulations } from './simulations.ts'

const DAY_MS = 86_400_000
const MIN_CHANGES = 400
const MAX_CHANGES = 500_000

/** Starts a replay of the stored history in this process, and answers at once. One at a time in a workspace. */
export function runSimulation(deps: Simulations, call: Call<SimulationRequest>): Promise<Simulation> {
  const { input, actor } = call
  return runCall(deps, call, async (tx) => {
    const simulation = await insert(tx, deps.workspaceId, input, actorLabel(actor))
    const [history] = await tx.run(getHistorySummary(deps.workspaceId, input, MAX_CHANGES + 1))
    checkSize(history!)
    return { result: simulation, changed: [], afterCommit: () => deps.start(simulation, history!) }
  })
}

async function insert(tx: Tx, workspaceId: number, request: SimulationRequest, actor: string): Promise<Simulation> {
  await tx.run(failSilentSimulations(workspaceId))
  const [inserted] = await tx.run(insertSimulation(workspaceId, randomUUID(), request, actor))
  if (inserted !== undefined) return inserted
  const [running] = await tx.run(findRunningSimulation(workspaceId))
  throw simulationRunning(running?.simulationId)
}

function checkSize({ changes, reviewed, firstMs, lastMs }: HistorySummary): void {
  if (changes > MAX_CHANGES) throw tooMuchHistory(MAX_CHANGES)
  const days = Math.floor(((lastMs ?? 0) - (firstMs ?? 0)) / DAY_MS)
  if (reviewed < MIN_CHANGES || days < WARM_UP_DAYS) {
    throw tooLittleHistory({ reviewed, days, minChanges: MIN_CHANGES, minDays: WARM_UP_DAYS })
  }
}
