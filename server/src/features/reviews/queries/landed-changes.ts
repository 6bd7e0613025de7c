import type { Executor } from '../../../infra/db/database.ts'
import type { Details } from '../domain/pull-request.ts'

/** A merged pull request as expertise learns it. */
export type MergedPullRequest = {
  pullRequestId: string
  authorId: string
  reviewerIds: readonly string[]
  shadowId: string | null
  details: Details | null
  mergedAt: string
}

const COLUMNS = `pull_request_id AS "pullRequestId", author_id AS "authorId", reviewer_ids AS "reviewerIds",
  shadow_id AS "shadowId", details, merged_at AS "mergedAt"`

/** Merged pull requests by time of merging and id, from a moment on, a page at a time. */
export async function listMergedPullRequests(
  executor: Executor,
  workspaceId: number,
  page: { after: { mergedAt: string; pullRequestId: string }; limit: number },
): Promise<MergedPullRequest[]> {
  return executor.run<MergedPullRequest>({
    name: 'list-merged-pull-requests',
    text: `SELECT ${COLUMNS} FROM pull_request
      WHERE workspace_id = $1 AND status = 'MERGED' AND (merged_at, pull_request_id) > ($2::timestamptz, $3)
      ORDER BY merged_at, pull_request_id LIMIT $4`,
    values: [workspaceId, page.after.mergedAt, page.after.pullRequestId, page.limit],
  })
}

/** Those of the pull requests that are merged. */
export async function findMergedPullRequests(
  executor: Executor,
  workspaceId: number,
  pullRequestIds: readonly string[],
): Promise<MergedPullRequest[]> {
  return executor.run<MergedPullRequest>({
    name: 'find-merged-pull-requests',
    text: `SELECT found.* FROM unnest($2::text[]) AS given (id) CROSS JOIN LATERAL (
        SELECT ${COLUMNS} FROM pull_request
        WHERE workspace_id = $1 AND pull_request_id = given.id AND status = 'MERGED' OFFSET 0
      ) AS found ORDER BY "mergedAt", "pullRequestId"`,
    values: [workspaceId, pullRequestIds],
  })
}

/** How much was given to each person to review since then, a review of `halfLifeDays` ago counting half. */
export async function sumGivenEffort(
  executor: Executor,
  workspaceId: number,
  since: string,
  halfLifeDays: number,
): Promise<{ userId: string; load: number }[]> {
  return executor.run<{ userId: string; load: number }>({
    name: 'sum-given-effort',
    text: `SELECT r.user_id AS "userId",
        sum(effort * power(2, -extract(epoch FROM now() - created_at)::float8 / 86400 / $3)) AS load
      FROM pull_request CROSS JOIN LATERAL unnest(reviewer_ids) AS r (user_id)
      WHERE workspace_id = $1 AND created_at > $2::timestamptz GROUP BY r.user_id`,
    values: [workspaceId, since, halfLifeDays],
  })
}

export async function anyTeamUsesExpertise(executor: Executor, workspaceId: number): Promise<boolean> {
  const [row] = await executor.run<{ isUsed: boolean }>({
    name: 'any-team-uses-expertise',
    text: `SELECT EXISTS (
        SELECT FROM team WHERE workspace_id = $1 AND (review_policy = 'expertise' OR trial_policy = 'expertise')
      ) AS "isUsed"`,
    values: [workspaceId],
  })
  return row!.isUsed
}
