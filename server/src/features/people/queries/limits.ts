import type { Query } from '../../../infra/db/database.ts'

/** Holds the limits of these people until the transaction ends. Lock order: by user id, after teams, before pull requests. */
export function lockLimits(workspaceId: number, userIds: readonly string[]): Query<{ user_id: string }> {
  return {
    name: 'lock-limits',
    text: `SELECT held.user_id FROM (SELECT id FROM unnest($2::text[]) AS given (id) ORDER BY id COLLATE "C") AS key
      CROSS JOIN LATERAL (
        SELECT user_id FROM member_limit WHERE workspace_id = $1 AND user_id = key.id FOR NO KEY UPDATE
      ) AS held`,
    values: [workspaceId, userIds],
  }
}
