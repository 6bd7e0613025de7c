import type { Executor, Query } from '../../../infra/db/database.ts'
import type { DecisionKind } from '../domain/decision.ts'
import { EVENT_COLUMNS } from './events.ts'

/**
 * Notes that a reviewer is on it, and tells so, unless that is known of this assignment already; gives since when. The caller holds the
 * pull request.
 */
export function upsertAcknowledgement(
  workspaceId: number,
  row: { pullRequestId: string; userId: string; teamName: string; actor: string },
): Query<{ acknowledgedAt: string }> {
  return {
    name: 'upsert-acknowledgement',
    text: `WITH acknowledged AS (
        INSERT INTO review_acknowledgement AS a (workspace_id, pull_request_id, user_id, actor) VALUES ($1, $2, $3, $4)
        ON CONFLICT (workspace_id, pull_request_id, user_id) DO UPDATE
          SET acknowledged_at = excluded.acknowledged_at, actor = excluded.actor
          WHERE a.acknowledged_at < (
            SELECT max(decided_at) FROM decision
            WHERE workspace_id = $1 AND pull_request_id = $2 AND $3 = ANY (assigned_ids))
        RETURNING acknowledged_at
      ), told AS (
        INSERT INTO event (${EVENT_COLUMNS})
        SELECT $1, 'reviewer.acknowledged', $2, $5, $4, json_build_object('reviewer_id', $3::text) FROM acknowledged
      )
      SELECT coalesce(
        (SELECT acknowledged_at FROM acknowledged),
        (SELECT acknowledged_at FROM review_acknowledgement
         WHERE workspace_id = $1 AND pull_request_id = $2 AND user_id = $3)) AS "acknowledgedAt"`,
    values: [workspaceId, row.pullRequestId, row.userId, row.actor, row.teamName],
  }
}

/** Who came and went as a reviewer by one decision. */
export type ReviewerChange = {
  number: number
  kind: DecisionKind
  assignedIds: readonly string[]
  replacedId: string | null
  actor: string
}

/** The changes of a pull request's reviewers in their order. */
export async function listReviewerChanges(
  executor: Executor,
  workspaceId: number,
  pullRequestId: string,
): Promise<ReviewerChange[]> {
  return executor.run<ReviewerChange>({
    name: 'list-reviewer-changes',
    text: `SELECT number, kind, assigned_ids AS "assignedIds", replaced_id AS "replacedId", actor FROM decision
      WHERE workspace_id = $1 AND pull_request_id = $2 ORDER BY number`,
    values: [workspaceId, pullRequestId],
  })
}
