import type { Executor } from '../../../infra/db/database.ts'
import type { ReviewPolicy } from '../../../shared/roster.ts'

export type TrialWindow = { teamName: string | null; from: string; to: string | null }

/** A team with decisions that a trial policy made too, and the oldest of those that count. */
type TrialTeam = { teamName: string; decisions: number; since: string | null; isCut: boolean }

/**
 * Teams whose trial policy decided in the window, by name, with how often; of all teams together only the newest `limit` decisions count.
 * A team asked for by name is there without any, too; nothing means that there is no such team.
 */
export async function listTrialTeams(
  executor: Executor,
  workspaceId: number,
  { teamName, from, to }: TrialWindow,
  limit: number,
): Promise<TrialTeam[]> {
  return executor.run<TrialTeam>({
    name: 'list-trial-teams',
    text: `WITH seen AS MATERIALIZED (
        SELECT team_name, decided_at FROM decision
        WHERE workspace_id = $1 AND trial IS NOT NULL AND ($2::text IS NULL OR team_name = $2)
          AND decided_at >= $3::timestamptz AND decided_at < coalesce($4::timestamptz, 'infinity')
        ORDER BY decided_at DESC LIMIT $5::int + 1
      ), counted AS (
        SELECT team_name, count(*) AS decisions, min(decided_at) AS since
        FROM (SELECT * FROM seen ORDER BY decided_at DESC LIMIT $5::int) AS newest GROUP BY team_name
      )
      SELECT t.team_name AS "teamName", coalesce(c.decisions, 0) AS decisions, c.since,
        (SELECT count(*) FROM seen) > $5::int AS "isCut"
      FROM team t LEFT JOIN counted c USING (team_name)
      WHERE t.workspace_id = $1 AND (t.team_name = $2 OR $2::text IS NULL AND c.since IS NOT NULL)
      ORDER BY t.team_name`,
    values: [workspaceId, teamName, from, to, limit],
  })
}

/** Whom both policies named. */
export type TrialDecision = {
  pullRequestId: string
  number: number
  decidedAt: string
  policy: ReviewPolicy
  trialPolicy: ReviewPolicy
  actingIds: readonly string[]
  trialIds: readonly string[]
  /** The reviewers of the merged pull request where somebody changed them later, else null. */
  finalIds: readonly string[] | null
  /** Of those, whom a person chose. */
  chosenIds: readonly string[] | null
}

export type TrialPlace = Pick<TrialDecision, 'decidedAt' | 'pullRequestId' | 'number'>

/** Decisions that the team's trial policy made too, in the order of their time, a page at a time. */
export async function listTrialDecisions(
  executor: Executor,
  workspaceId: number,
  page: { teamName: string; after: TrialPlace; to: string | null; limit: number },
): Promise<TrialDecision[]> {
  const { teamName, after, to, limit } = page
  return executor.run<TrialDecision>({
    name: 'list-trial-decisions',
    text: `SELECT d.pull_request_id AS "pullRequestId", d.number, d.decided_at AS "decidedAt",
        d.record ->> 'policy' AS policy, t.policy AS "trialPolicy",
        d.assigned_ids AS "actingIds", t."assignedIds" AS "trialIds",
        f.reviewer_ids AS "finalIds", f.chosen_ids AS "chosenIds"
      FROM (
        SELECT * FROM decision
        WHERE workspace_id = $1 AND team_name = $2 AND trial IS NOT NULL
          AND decided_at >= $3::timestamptz AND decided_at < coalesce($4::timestamptz, 'infinity')
          AND (decided_at, pull_request_id, number) > ($3::timestamptz, $5::text, $6::int)
        ORDER BY decided_at, pull_request_id, number LIMIT $7
      ) AS d CROSS JOIN LATERAL json_to_record(d.trial) AS t (policy text, "assignedIds" text[])
      LEFT JOIN LATERAL (
        SELECT p.reviewer_ids, p.chosen_ids FROM pull_request p
        WHERE p.workspace_id = $1 AND p.pull_request_id = d.pull_request_id AND p.status = 'MERGED'
          AND p.decision_count > d.number AND EXISTS (
            SELECT FROM decision later
            WHERE later.workspace_id = $1 AND later.pull_request_id = d.pull_request_id AND later.number > d.number
              AND later.kind IN ('reassign', 'assign'))
        -- Else one plan for all would read the whole table.
        OFFSET 0
      ) AS f ON true
      ORDER BY d.decided_at, d.pull_request_id, d.number`,
    values: [workspaceId, teamName, after.decidedAt, to, after.pullRequestId, after.number, limit],
  })
}

export async function listActiveIds(executor: Executor, workspaceId: number, teamName: string): Promise<string[]> {
  const rows = await executor.run<{ user_id: string }>({
    name: 'list-active-ids',
    text: 'SELECT user_id FROM member WHERE workspace_id = $1 AND team_name = $2 AND is_active ORDER BY user_id',
    values: [workspaceId, teamName],
  })
  return rows.map((row) => row.user_id)
}
