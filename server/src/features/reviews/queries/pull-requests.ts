import { sql } from 'kysely'
import { compile, sqlBuilder } from '../../../infra/db/compile.ts'
import type { Executor, Query } from '../../../infra/db/database.ts'
import type { FullPullRequest, PullRequest, PullRequestStatus } from '../domain/pull-request.ts'
import { EVENT_COLUMNS, traceSql } from './events.ts'

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

const EXTRAS = `is_draft AS "isDraft", effort, chosen_ids AS "chosenIds", shadow_id AS "shadowId",
  missing_reviewers AS "missingReviewers", missing_reason AS "missingReason"`

/** The columns of a `FullPullRequest`. */
export const FULL_COLUMNS = `${COLUMNS}, ${EXTRAS}, details`

/** SQL of `WHERE`: the rows of `p` with these ids, each found by its key; see `inLockOrder`. */
export function isAmong(ids: string): string {
  return `p.ctid = ANY (ARRAY(
            SELECT held.ctid FROM unnest(${ids}) AS given (id) CROSS JOIN LATERAL (
              SELECT ctid FROM pull_request WHERE workspace_id = $1 AND pull_request_id = given.id OFFSET 0
            ) AS held))`
}

/** Holds these pull requests as they are until the transaction ends. Lock order: by id, after teams. */
export function lockPullRequests(workspaceId: number, pullRequestIds: readonly string[]): Query<FullPullRequest> {
  return {
    name: 'lock-pull-requests',
    text: `SELECT ${FULL_COLUMNS} FROM ${inLockOrder('unnest($2::text[])')} CROSS JOIN LATERAL (
        SELECT * FROM pull_request WHERE workspace_id = $1 AND pull_request_id = key.id FOR NO KEY UPDATE
      ) AS held`,
    values: [workspaceId, pullRequestIds],
  }
}

/**
 * SQL of `FROM`: the ids as rows, `key.id`, in the order in which everybody locks them. Rows are looked up by LATERAL, one
 * key after another, so that a plan made while the table was empty still goes by its key, and because PostgreSQL 17 and
 * later read the stretches between the keys of `= ANY (array)` rather than descend to each.
 */
function inLockOrder(ids: string): string {
  return `(SELECT id FROM ${ids} AS given (id) ORDER BY id COLLATE "C") AS key`
}

/**
 * Holds all pull requests that one of the users reviews and that were open when looked for, in the lock order; one may
 * have been merged or given to others since. UNION ALL inside LATERAL makes every plan go by the reviewers' indexes.
 */
export function lockOpenReviewsOf(workspaceId: number, userIds: readonly string[]): Query<FullPullRequest> {
  return {
    name: 'lock-open-reviews-of',
    text: `WITH review AS MATERIALIZED (
        SELECT DISTINCT review.pull_request_id FROM unnest($2::text[]) AS u (user_id)
        CROSS JOIN LATERAL (
          SELECT pull_request_id FROM pull_request
          WHERE workspace_id = $1 AND reviewer_ids[1] = u.user_id AND status = 'OPEN'
          UNION ALL
          SELECT pull_request_id FROM pull_request
          WHERE workspace_id = $1 AND reviewer_ids[2] = u.user_id AND status = 'OPEN'
        ) AS review
      )
      SELECT ${FULL_COLUMNS} FROM ${inLockOrder('review')} CROSS JOIN LATERAL (
        SELECT * FROM pull_request WHERE workspace_id = $1 AND pull_request_id = key.id FOR NO KEY UPDATE
      ) AS held`,
    values: [workspaceId, userIds],
  }
}

/** `details` are those of a newly merged one, else null. */
export type FoundOrMerged = PullRequest & Pick<FullPullRequest, 'details' | 'shadowId'> & { isNewlyMerged: boolean }

/** `traceparent` is that of the call, where its trace is kept. */
export type Merging = { pullRequestId: string; actor: string; traceparent: string | null }

/**
 * Merges those that are open, and gives all as they were found and, once more, those it merged as they are then. One that
 * another transaction has changed since this statement began is found open and not
 * merged, but where the caller has held them before.
 */
export function mergePullRequests(workspaceId: number, rows: readonly Merging[]): Query<FoundOrMerged> {
  const trace = traceSql(rows, 4)
  return {
    name: `merge-pull-requests${trace.suffix}`,
    text: `WITH held AS MATERIALIZED (
        SELECT held.* FROM ${inLockOrder('unnest($2::text[])')} CROSS JOIN LATERAL (
          SELECT ctid AS place, * FROM pull_request
          WHERE workspace_id = $1 AND pull_request_id = key.id FOR NO KEY UPDATE
        ) AS held
      ), merged AS (
        UPDATE pull_request SET status = 'MERGED', merged_at = clock_timestamp()
        WHERE ctid = ANY (ARRAY(SELECT place FROM held WHERE status = 'OPEN'))
        RETURNING *
      ), told AS (
        INSERT INTO event (${EVENT_COLUMNS}, occurred_at${trace.column})
        SELECT $1, 'pullRequest.merged', pull_request_id, team_name, given.actor, json_build_object(
            'pull_request_name', pull_request_name, 'author_id', author_id, 'reviewer_ids', reviewer_ids), merged_at
          ${trace.valueOf('pull_request_id')}
        FROM merged JOIN unnest($2::text[], $3::text[]) AS given (pull_request_id, actor) USING (pull_request_id)
      )
      SELECT ${COLUMNS}, shadow_id AS "shadowId", NULL::json AS details, false AS "isNewlyMerged" FROM held
      UNION ALL
      SELECT ${COLUMNS}, shadow_id, details, true FROM merged`,
    values: [
      workspaceId,
      rows.map(({ pullRequestId }) => pullRequestId),
      rows.map(({ actor }) => actor),
      ...trace.values,
    ],
  }
}

export function listExistingIds(
  workspaceId: number,
  pullRequestIds: readonly string[],
): Query<{ pull_request_id: string }> {
  return {
    name: 'list-existing-ids',
    text: `SELECT given.id AS pull_request_id FROM unnest($2::text[]) AS given (id)
      WHERE EXISTS (SELECT FROM pull_request WHERE workspace_id = $1 AND pull_request_id = given.id OFFSET 0)`,
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

export async function findPullRequests(
  executor: Executor,
  workspaceId: number,
  pullRequestIds: readonly string[],
): Promise<Map<string, FullPullRequest>> {
  const found = await executor.run<FullPullRequest>({
    name: 'find-pull-requests',
    text: `SELECT found.* FROM unnest($2::text[]) AS given (id) CROSS JOIN LATERAL (
        SELECT ${FULL_COLUMNS} FROM pull_request WHERE workspace_id = $1 AND pull_request_id = given.id OFFSET 0
      ) AS found`,
    values: [workspaceId, pullRequestIds],
  })
  return new Map(found.map((pullRequest) => [pullRequest.pullRequestId, pullRequest]))
}

/**
 * What users review, newest first, as the contract's JSON by user. The database writes it: of all places the server's one
 * thread is where it would cost most.
 */
export async function listReviewsAsJson(
  executor: Executor,
  workspaceId: number,
  userIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await executor.run<{ user_id: string; json: string }>({
    name: 'list-reviews-as-json',
    text: `SELECT u.user_id,
        '{"user_id":' || to_json(u.user_id)::text || ',"pull_requests":[' || coalesce(listed.reviews, '') || ']}' AS json
      FROM unnest($2::text[]) AS u (user_id) CROSS JOIN LATERAL (
        SELECT string_agg(
          '{"pull_request_id":' || to_json(pull_request_id)::text || ',"pull_request_name":' || to_json(pull_request_name)::text
            || ',"author_id":' || to_json(author_id)::text || ',"status":"' || status || '"}',
          ',' ORDER BY created_at DESC, pull_request_id DESC) AS reviews
        FROM (
          SELECT * FROM pull_request WHERE workspace_id = $1 AND reviewer_ids[1] = u.user_id
          UNION ALL
          SELECT * FROM pull_request WHERE workspace_id = $1 AND reviewer_ids[2] = u.user_id
        ) AS review
      ) AS listed`,
    values: [workspaceId, userIds],
  })
  return new Map(rows.map((row) => [row.user_id, row.json]))
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
