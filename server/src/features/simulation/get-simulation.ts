import type { Actor } from '../../shared/actor.ts'
import type { Simulation } from './domain/simulation.ts'
import { findSimulation } from './queries/simulations.ts'
import { unknownSimulation } from './refusals.ts'
import type { ReportJson } from './schemas.ts'
import type { Simulations } from './simulations.ts'

/** How far it is, and what came out once it is done. */
export async function getSimulation(
  { db, workspaceId }: Pick<Simulations, 'db' | 'workspaceId'>,
  _actor: Actor,
  { simulationId }: { simulationId: string },
): Promise<Simulation & { report: ReportJson | null }> {
  const simulation = await findSimulation(db, workspaceId, simulationId)
  if (simulation === undefined) throw unknownSimulation(simulationId)
  return simulation
}
