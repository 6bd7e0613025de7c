import { sql } from 'kysely'
import { compile, sqlBuilder } from '../../../infra/db/compile.ts'
import type { Executor, Query } from '../../../infra/db/database.ts'
import type { PullRequest, PullRequestStatus } from '../domain/pull-request.ts'

type Tables = {
  pull_request: {
    workspace_id: number
    pull_request_id: string
    pull_request_name: string
    author_id: string
    team_name: string
    status: PullRequestStatus
    reviewer_ids: string[]
    created_at: string
    merged_at: string | null
  }
}

const build = sqlBuilder<Tables>()

const COLUMNS = `pull_request_id AS "pullRequestId", pull_request_name AS "pullRequestName", author_id AS "authorId",
  team_name AS "teamName", status, reviewer_ids AS "reviewerIds", created_at AS "createdAt", merged_at AS "mergedAt"`

/** Holds these pull requests as they are until the transaction ends. Lock order: by id, after teams. */
export function lockPullRequests(workspaceId: number, pullRequestIds: readonly string[]): Query<PullRequest> {
  return {
    name: 'lock-pull-requests',
    text: `SELECT ${COLUMNS} FROM pull_request
      WHERE workspace_id = $1 AND pull_request_id = ANY ($2::text[]) ORDER BY pull_request_id FOR NO KEY UPDATE`,
    values: [workspaceId, pullRequestIds],
  }
}

/**
 * Holds all pull requests that one of the users reviews and that were open when looked for, in the lock order; one may
 * have been merged or given to others since. UNION ALL inside LATERAL makes every plan go by the reviewers' indexes.
 */
export function lockOpenReviewsOf(workspaceId: number, userIds: readonly string[]): Query<PullRequest> {
  return {
    name: 'lock-open-reviews-of',
    text: `SELECT ${COLUMNS} FROM pull_request
      WHERE workspace_id = $1 AND pull_request_id = ANY (ARRAY(
        SELECT review.pull_request_id FROM unnest($2::text[]) AS u (user_id)
        CROSS JOIN LATERAL (
          SELECT pull_request_id FROM pull_request
          WHERE workspace_id = $1 AND reviewer_ids[1] = u.user_id AND status = 'OPEN'
          UNION ALL
          SELECT pull_request_id FROM pull_request
          WHERE workspace_id = $1 AND reviewer_ids[2] = u.user_id AND status = 'OPEN'
        ) AS review))
      ORDER BY pull_request_id FOR NO KEY UPDATE`,
    values: [workspaceId, userIds],
  }
}

/**
 * Merges those that are open and gives all of them as they are then. The ids are named twice, so that a plan made
 * while the table was empty still goes by its key.
 */
export function mergePullRequests(
  workspaceId: number,
  pullRequestIds: readonly string[],
): Query<PullRequest & { isNewlyMerged: boolean }> {
  return {
    name: 'merge-pull-requests',
    text: `WITH held AS MATERIALIZED (
        SELECT * FROM pull_request
        WHERE workspace_id = $1 AND pull_request_id = ANY ($2::text[]) ORDER BY pull_request_id FOR NO KEY UPDATE
      ), merged AS (
        UPDATE pull_request p SET status = 'MERGED', merged_at = clock_timestamp() FROM held h
        WHERE p.workspace_id = $1 AND p.pull_request_id = ANY ($2::text[])
          AND p.pull_request_id = h.pull_request_id AND h.status = 'OPEN'
        RETURNING p.*
      )
      SELECT ${COLUMNS}, true AS "isNewlyMerged" FROM merged
      UNION ALL
      SELECT ${COLUMNS}, false FROM held WHERE status = 'MERGED'`,
    values: [workspaceId, pullRequestIds],
  }
}

export function listExistingIds(
  workspaceId: number,
  pullRequestIds: readonly string[],
): Query<{ pull_request_id: string }> {
  return {
    name: 'list-existing-ids',
    text: 'SELECT pull_request_id FROM pull_request WHERE workspace_id = $1 AND pull_request_id = ANY ($2::text[])',
    values: [workspaceId, pullRequestIds],
  }
}

/** How many open reviews each user has; users without any are left out. */
export async function countOpenReviews(
  executor: Executor,
  workspaceId: number,
  userIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await executor.run<{ user_id: string; open_reviews: number }>({
    name: 'count-open-reviews',
    text: `SELECT u.user_id, count(*) AS open_reviews FROM unnest($2::text[]) AS u (user_id)
      CROSS JOIN LATERAL (
        SELECT 1 FROM pull_request WHERE workspace_id = $1 AND reviewer_ids[1] = u.user_id AND status = 'OPEN'
        UNION ALL
        SELECT 1 FROM pull_request WHERE workspace_id = $1 AND reviewer_ids[2] = u.user_id AND status = 'OPEN'
      ) AS review GROUP BY u.user_id`,
    values: [workspaceId, userIds],
  })
  return new Map(rows.map((row) => [row.user_id, row.open_reviews]))
}

export async function findPullRequest(
  executor: Executor,
  workspaceId: number,
  pullRequestId: string,
): Promise<PullRequest | undefined> {
  const [pullRequest] = await executor.run<PullRequest>({
    name: 'find-pull-request',
    text: `SELECT ${COLUMNS} FROM pull_request WHERE workspace_id = $1 AND pull_request_id = $2`,
    values: [workspaceId, pullRequestId],
  })
  return pullRequest
}

/** All pull requests a user reviews, newest first. */
export async function listReviewsOf(executor: Executor, workspaceId: number, userId: string): Promise<PullRequest[]> {
  return executor.run<PullRequest>({
    name: 'list-reviews-of',
    text: `SELECT ${COLUMNS} FROM pull_request WHERE workspace_id = $1 AND reviewer_ids[1] = $2
      UNION ALL
      SELECT ${COLUMNS} FROM pull_request WHERE workspace_id = $1 AND reviewer_ids[2] = $2
      ORDER BY "createdAt" DESC, "pullRequestId" DESC`,
    values: [workspaceId, userId],
  })
}

export type PullRequestFilter = {
  status: PullRequestStatus | null
  teamName: string | null
  authorId: string | null
  reviewerId: string | null
}

/** Newest first; `before` is the creation time and id of the last one seen. */
export async function listPullRequests(
  executor: Executor,
  workspaceId: number,
  filter: PullRequestFilter,
  page: { before: readonly [createdAt: string, pullRequestId: string] | null; limit: number },
): Promise<PullRequest[]> {
  const { status, teamName, authorId, reviewerId } = filter
  const query = build
    .selectFrom('pull_request')
    .select([
      'pull_request_id as pullRequestId',
      'pull_request_name as pullRequestName',
      'author_id as authorId',
      'team_name as teamName',
      'status',
      'reviewer_ids as reviewerIds',
      'created_at as createdAt',
      'merged_at as mergedAt',
    ])
    .where('workspace_id', '=', workspaceId)
    .$if(status !== null, (q) => q.where('status', '=', status!))
    .$if(teamName !== null, (q) => q.where('team_name', '=', teamName!))
    .$if(authorId !== null, (q) => q.where('author_id', '=', authorId!))
    .$if(reviewerId !== null, (q) =>
      q.where((eb) =>
        eb.or([eb(sql<string>`reviewer_ids[1]`, '=', reviewerId!), eb(sql<string>`reviewer_ids[2]`, '=', reviewerId!)]),
      ),
    )
    .$if(page.before !== null, (q) =>
      q.where((eb) =>
        eb(eb.refTuple('created_at', 'pull_request_id'), '<', eb.tuple(page.before![0], page.before![1])),
      ),
    )
    .orderBy('created_at', 'desc')
    .orderBy('pull_request_id', 'desc')
    .limit(page.limit)
  return executor.run(compile(query))
}
