import type { Executor } from '../../../infra/db/database.ts'

/** How many seats are empty in pull requests that want somebody, by why. */
export function countVacancies(db: Executor, workspaceId: number): Promise<{ reason: string; seats: number }[]> {
  return db.run({
    name: 'count-vacancies',
    text: `SELECT missing_reason AS reason, sum(missing_reviewers)::int AS seats FROM pull_request
      WHERE workspace_id = $1 AND missing_reviewers > 0 AND status = 'OPEN' AND NOT is_draft GROUP BY missing_reason`,
    values: [workspaceId],
  })
}
