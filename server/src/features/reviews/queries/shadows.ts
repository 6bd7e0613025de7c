import type { Query } from '../../../infra/db/database.ts'

/** Holds the counts of `countShadows` for these teams until the transaction ends. Lock order: by team name, after teams. */
export function lockShadows(workspaceId: number, teamNames: readonly string[]): Query<never> {
  return {
    name: 'lock-shadows',
    text: `SELECT FROM team_rotation WHERE workspace_id = $1 AND team_name = ANY ($2::text[])
      ORDER BY team_name FOR NO KEY UPDATE`,
    values: [workspaceId, teamNames],
  }
}

/** How many pull requests each team had in the last 90 days, and how many of them a shadow. */
export function countShadows(
  workspaceId: number,
  teamNames: readonly string[],
): Query<{ teamName: string; pullRequests: number; shadowed: number }> {
  return {
    name: 'count-shadows',
    text: `SELECT given.name AS "teamName", counted.* FROM unnest($2::text[]) AS given (name) CROSS JOIN LATERAL (
        SELECT count(*) AS "pullRequests", count(shadow_id) AS shadowed FROM pull_request
        WHERE workspace_id = $1 AND team_name = given.name AND created_at > now() - interval '90 days'
      ) AS counted`,
    values: [workspaceId, teamNames],
  }
}
