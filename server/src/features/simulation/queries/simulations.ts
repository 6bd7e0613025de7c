import type { Executor, Query } from '../../../infra/db/database.ts'
import type { Simulation, SimulationRequest } from '../domain/simulation.ts'
import type { ReportJson } from '../schemas.ts'

/** One that has not been heard of for so long died with its process. */
const SILENT = `interval '60 seconds'`
const DIED = 'Its process ended before it was done. Run it again.'
const COLUMNS = `simulation_id AS "simulationId", request, progress, actor, started_at AS "startedAt",
  CASE WHEN is_dead THEN 'FAILED' ELSE status END AS status, CASE WHEN is_dead THEN '${DIED}' ELSE failure END AS failure`
const ALL = `(SELECT *, status = 'RUNNING' AND alive_at < now() - ${SILENT} AS is_dead FROM simulation) AS s`

/** Those that fell silent make room for another. */
export function failSilentSimulations(workspaceId: number): Query<never> {
  return {
    name: 'fail-silent-simulations',
    text: `UPDATE simulation SET status = 'FAILED', failure = '${DIED}'
      WHERE workspace_id = $1 AND status = 'RUNNING' AND alive_at < clock_timestamp() - ${SILENT}`,
    values: [workspaceId],
  }
}

/** Nothing when another is running in the workspace; waits for whoever is starting one. */
export function insertSimulation(
  workspaceId: number,
  simulationId: string,
  request: SimulationRequest,
  actor: string,
): Query<Simulation> {
  return {
    name: 'insert-simulation',
    text: `INSERT INTO simulation (workspace_id, simulation_id, request, actor, started_at, alive_at)
      VALUES ($1, $2, $3, $4, clock_timestamp(), clock_timestamp())
      ON CONFLICT (workspace_id) WHERE status = 'RUNNING' DO NOTHING
      RETURNING simulation_id AS "simulationId", request, status, progress, failure, actor, started_at AS "startedAt"`,
    values: [workspaceId, simulationId, JSON.stringify(request), actor],
  }
}

export function findRunningSimulation(workspaceId: number): Query<{ simulationId: string }> {
  return {
    name: 'find-running-simulation',
    text: `SELECT simulation_id AS "simulationId" FROM simulation WHERE workspace_id = $1 AND status = 'RUNNING'`,
    values: [workspaceId],
  }
}

/** Says that it is alive; nothing when it is not running any more. */
export function updateProgress(
  workspaceId: number,
  simulationId: string,
  progress: number,
): Query<{ simulationId: string }> {
  return {
    name: 'update-simulation-progress',
    text: `UPDATE simulation SET progress = $3, alive_at = clock_timestamp()
      WHERE workspace_id = $1 AND simulation_id = $2 AND status = 'RUNNING' RETURNING simulation_id AS "simulationId"`,
    values: [workspaceId, simulationId, progress],
  }
}

/** Only a running one ends. */
export function endSimulation(
  workspaceId: number,
  simulationId: string,
  end: { report: ReportJson } | { failure: string },
): Query<never> {
  const isDone = 'report' in end
  return {
    name: 'end-simulation',
    text: `UPDATE simulation SET status = $3, report = $4, failure = $5, alive_at = clock_timestamp(),
        progress = CASE WHEN $3 = 'DONE' THEN 1 ELSE progress END
      WHERE workspace_id = $1 AND simulation_id = $2 AND status = 'RUNNING'`,
    values: [
      workspaceId,
      simulationId,
      isDone ? 'DONE' : 'FAILED',
      isDone ? JSON.stringify(end.report) : null,
      isDone ? null : end.failure,
    ],
  }
}

export async function findSimulation(
  executor: Executor,
  workspaceId: number,
  simulationId: string,
): Promise<(Simulation & { report: ReportJson | null }) | undefined> {
  const [found] = await executor.run<Simulation & { report: ReportJson | null }>({
    name: 'find-simulation',
    text: `SELECT ${COLUMNS}, report FROM ${ALL} WHERE workspace_id = $1 AND simulation_id = $2`,
    values: [workspaceId, simulationId],
  })
  return found
}

/** Newest first; `before` is the start and the id of the last one seen. */
export async function listSimulations(
  executor: Executor,
  workspaceId: number,
  page: { before: readonly [startedAt: string, simulationId: string] | null; limit: number },
): Promise<Simulation[]> {
  const [startedAt, simulationId] = page.before ?? ['infinity', '']
  return executor.run<Simulation>({
    name: 'list-simulations',
    text: `SELECT ${COLUMNS} FROM ${ALL}
      WHERE workspace_id = $1 AND (started_at, simulation_id) < ($2::timestamptz, $3::text)
      ORDER BY started_at DESC, simulation_id DESC LIMIT $4`,
    values: [workspaceId, startedAt, simulationId, page.limit],
  })
}
