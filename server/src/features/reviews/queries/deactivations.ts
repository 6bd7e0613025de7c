import type { Executor, Query } from '../../../infra/db/database.ts'

export type StoredMove = { pullRequestId: string; before: readonly string[]; after: readonly string[] }

export type Deactivation = {
  deactivationId: string
  teamName: string
  userIds: readonly string[]
  moves: readonly StoredMove[]
  isUndone: boolean
}

export function insertDeactivation(
  workspaceId: number,
  deactivation: Omit<Deactivation, 'isUndone'>,
  actor: string,
): Query<never> {
  return {
    name: 'insert-deactivation',
    text: `INSERT INTO deactivation (workspace_id, deactivation_id, team_name, user_ids, moves, actor)
      VALUES ($1, $2, $3, $4, $5, $6)`,
    values: [
      workspaceId,
      deactivation.deactivationId,
      deactivation.teamName,
      deactivation.userIds,
      JSON.stringify(deactivation.moves),
      actor,
    ],
  }
}

/** The named deactivation, or without a name the team's latest that was not undone; holds it until the transaction ends. */
export async function lockDeactivation(
  executor: Executor,
  workspaceId: number,
  teamName: string,
  deactivationId: string | null,
): Promise<Deactivation | undefined> {
  const [row] = await executor.run<Deactivation>({
    name: 'lock-deactivation',
    text: `SELECT deactivation_id AS "deactivationId", team_name AS "teamName", user_ids AS "userIds", moves,
        undone_at IS NOT NULL AS "isUndone"
      FROM deactivation WHERE workspace_id = $1 AND team_name = $2
        AND CASE WHEN $3::text IS NULL THEN undone_at IS NULL ELSE deactivation_id = $3 END
      ORDER BY deactivated_at DESC LIMIT 1 FOR NO KEY UPDATE`,
    values: [workspaceId, teamName, deactivationId],
  })
  return row
}

export function markUndone(workspaceId: number, deactivationId: string): Query<never> {
  return {
    name: 'mark-undone',
    text: 'UPDATE deactivation SET undone_at = now() WHERE workspace_id = $1 AND deactivation_id = $2',
    values: [workspaceId, deactivationId],
  }
}
