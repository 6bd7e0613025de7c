import type { Executor } from '../../infra/db/database.ts'

export type Window = { from: string | null; to: string | null; teamName: string | null }
export type UserLoad = { userId: string; teamName: string; isActive: boolean; assignments: number; openReviews: number }
export type PullRequestLoad = { pullRequestId: string; assignments: number }

/** Every user of the workspace or team, with the reviews given to them in the window and those open now. */
export async function listUserLoads(executor: Executor, workspaceId: number, window: Window): Promise<UserLoad[]> {
  return executor.run<UserLoad>({
    name: 'list-user-loads',
    text: `WITH given AS (
        SELECT user_id, count(*) AS assignments FROM decision CROSS JOIN LATERAL unnest(assigned_ids) AS a (user_id)
        WHERE workspace_id = $1 AND kind <> 'restore'
          AND decided_at >= coalesce($2::timestamptz, '-infinity') AND decided_at < coalesce($3::timestamptz, 'infinity')
        GROUP BY user_id
      ), open AS (
        SELECT user_id, count(*) AS open_reviews FROM pull_request CROSS JOIN LATERAL unnest(reviewer_ids) AS r (user_id)
        WHERE workspace_id = $1 AND status = 'OPEN' GROUP BY user_id
      )
      SELECT m.user_id AS "userId", m.team_name AS "teamName", m.is_active AS "isActive",
        coalesce(g.assignments, 0) AS assignments, coalesce(o.open_reviews, 0) AS "openReviews"
      FROM member m LEFT JOIN given g USING (user_id) LEFT JOIN open o USING (user_id)
      WHERE m.workspace_id = $1 AND ($4::text IS NULL OR m.team_name = $4)
      ORDER BY assignments DESC, m.user_id`,
    values: [workspaceId, window.from, window.to, window.teamName],
  })
}

/** The pull requests that took the most assignments in the window. */
export async function listPullRequestLoads(
  executor: Executor,
  workspaceId: number,
  window: Window,
  limit: number,
): Promise<PullRequestLoad[]> {
  return executor.run<PullRequestLoad>({
    name: 'list-pull-request-loads',
    text: `SELECT pull_request_id AS "pullRequestId", sum(cardinality(assigned_ids))::int AS assignments FROM decision
      WHERE workspace_id = $1 AND kind <> 'restore' AND ($4::text IS NULL OR team_name = $4)
        AND decided_at >= coalesce($2::timestamptz, '-infinity') AND decided_at < coalesce($3::timestamptz, 'infinity')
      GROUP BY pull_request_id ORDER BY assignments DESC, pull_request_id LIMIT $5`,
    values: [workspaceId, window.from, window.to, window.teamName, limit],
  })
}

export type TeamCount = { teamName: string; openPullRequests: number; mergedPullRequests: number }

export async function listTeamCounts(
  executor: Executor,
  workspaceId: number,
  teamName: string | null,
): Promise<TeamCount[]> {
  return executor.run<TeamCount>({
    name: 'list-team-counts',
    text: `SELECT t.team_name AS "teamName", count(*) FILTER (WHERE p.status = 'OPEN') AS "openPullRequests",
        count(*) FILTER (WHERE p.status = 'MERGED') AS "mergedPullRequests"
      FROM team t LEFT JOIN pull_request p USING (workspace_id, team_name)
      WHERE t.workspace_id = $1 AND ($2::text IS NULL OR t.team_name = $2)
      GROUP BY t.team_name ORDER BY t.team_name`,
    values: [workspaceId, teamName],
  })
}
