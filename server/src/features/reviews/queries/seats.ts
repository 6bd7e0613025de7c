import type { Query } from '../../../infra/db/database.ts'
import { encodeDecision } from '../domain/decision-record.ts'
import type { Decision } from '../domain/decision.ts'
import type { Details, FullPullRequest } from '../domain/pull-request.ts'
import type { Vacancy } from '../domain/vacancy.ts'
import { EVENT_COLUMNS, RECORDED, told } from './events.ts'
import { jsonArray } from './new-pull-requests.ts'
import { FULL_COLUMNS, isAmong } from './pull-requests.ts'

/** Pull requests with an empty seat for which somebody may have become free, oldest versions first. */
export function listVacancies(workspaceId: number, limit: number): Query<{ pullRequestId: string; teamName: string }> {
  return {
    name: 'list-vacancies',
    text: `SELECT pull_request_id AS "pullRequestId", team_name AS "teamName" FROM (
        SELECT v.* FROM team t CROSS JOIN LATERAL (
          SELECT pull_request_id, team_name FROM pull_request
          WHERE workspace_id = $1 AND team_name = t.team_name AND tried_version < t.roster_version
            AND missing_reviewers > 0 AND status = 'OPEN' AND NOT is_draft
          ORDER BY tried_version LIMIT $2
        ) AS v WHERE t.workspace_id = $1
        UNION
        (SELECT pull_request_id, team_name FROM pull_request
         WHERE workspace_id = $1 AND retry_at <= now() AND missing_reviewers > 0 AND status = 'OPEN' AND NOT is_draft
         ORDER BY retry_at LIMIT $2)
      ) AS due LIMIT $2`,
    values: [workspaceId, limit],
  }
}

/** Whether this transaction is the one that fills seats of the team; it never waits for another that does. */
export function tryLockSeats(workspaceId: number, teamName: string): Query<{ isHeld: boolean }> {
  return {
    name: 'try-lock-seats',
    text: `SELECT pg_try_advisory_xact_lock(hashtext('tandem.seats'), hashtext($1::text || ' ' || $2)) AS "isHeld"`,
    values: [workspaceId, teamName],
  }
}

/** Holds those of the pull requests that have an empty seat; those that somebody else holds are left for another time. */
export function lockVacancies(workspaceId: number, pullRequestIds: readonly string[]): Query<FullPullRequest> {
  return {
    name: 'lock-vacancies',
    text: `SELECT ${FULL_COLUMNS} FROM unnest($2::text[]) AS given (id) CROSS JOIN LATERAL (
        SELECT * FROM pull_request WHERE workspace_id = $1 AND pull_request_id = given.id
          AND missing_reviewers > 0 AND status = 'OPEN' AND NOT is_draft
        FOR NO KEY UPDATE SKIP LOCKED
      ) AS held`,
    values: [workspaceId, pullRequestIds],
  }
}

/** The outcome of another try to fill seats; without a decision nobody was found. */
export type Seating = {
  pullRequestId: string
  reviewerIds: readonly string[]
  vacancy: Vacancy | null
  decision: Decision | null
  trial: Decision | null
  actor: string
}

/** Writes what was decided for pull requests that the caller holds, with their teams. */
export function seatReviewers(workspaceId: number, rows: readonly Seating[]): Query<{ pull_request_id: string }> {
  return {
    name: 'seat-reviewers',
    text: `WITH input AS (
        SELECT * FROM ROWS FROM (
          unnest($2::text[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::bigint[], $8::timestamptz[],
            $9::text[], $10::text[], $11::text[], $12::text[]),
          json_array_elements($13::json)
        ) AS i (pull_request_id, first_id, second_id, missing, reason, tried, retry, team_name, assigned_first,
          assigned_second, actor, records)
      ), seated AS (
        UPDATE pull_request p SET reviewer_ids = array_remove(ARRAY[i.first_id, i.second_id], NULL),
          shadow_id = CASE WHEN shadow_id = i.first_id OR shadow_id = i.second_id THEN NULL ELSE shadow_id END,
          missing_reviewers = i.missing, missing_reason = i.reason, tried_version = i.tried, retry_at = i.retry,
          decision_count = decision_count + (i.team_name IS NOT NULL)::int
        FROM input i
        WHERE ${isAmong('$2::text[]')}
          AND p.pull_request_id = i.pull_request_id
        RETURNING p.pull_request_id, p.decision_count AS number
      ), recorded AS (
        INSERT INTO decision (workspace_id, pull_request_id, number, kind, team_name, assigned_ids, record, actor, trial)
        SELECT $1, s.pull_request_id, s.number, 'fill', i.team_name,
          array_remove(ARRAY[i.assigned_first, i.assigned_second], NULL), i.records -> 'record', i.actor,
          i.records -> 'trial'
        FROM seated s JOIN input i USING (pull_request_id) WHERE i.team_name IS NOT NULL
        RETURNING ${RECORDED}
      ), ${told()}
      SELECT pull_request_id FROM seated`,
    values: [
      workspaceId,
      rows.map((row) => row.pullRequestId),
      rows.map((row) => row.reviewerIds[0] ?? null),
      rows.map((row) => row.reviewerIds[1] ?? null),
      rows.map(({ vacancy }) => vacancy?.missing ?? 0),
      rows.map(({ vacancy }) => vacancy?.reason ?? null),
      rows.map(({ vacancy }) => vacancy?.triedVersion ?? 0),
      rows.map(({ vacancy }) => vacancy?.retryAt ?? null),
      rows.map(({ decision }) => decision?.teamName ?? null),
      rows.map(({ decision }) => decision?.assignedIds[0] ?? null),
      rows.map(({ decision }) => decision?.assignedIds[1] ?? null),
      rows.map((row) => row.actor),
      jsonArray(rows.map(encodeRecords)),
    ],
  }
}

function encodeRecords({ decision, trial }: Seating): string {
  const record = decision === null ? '' : `"record":${encodeDecision(decision)}`
  const beside = trial === null ? '' : `"trial":${encodeDecision(trial)}`
  return `{${[record, beside].filter((field) => field !== '').join(',')}}`
}

/** Puts somebody on a pull request by hand; the caller holds it and the team. */
export function seatByHand(
  workspaceId: number,
  row: { pullRequestId: string; reviewerIds: readonly string[]; missing: number; decision: Decision; actor: string },
): Query<never> {
  const { decision } = row
  return {
    name: 'seat-by-hand',
    text: `WITH seated AS (
        UPDATE pull_request SET reviewer_ids = $3, decision_count = decision_count + 1,
          chosen_ids = ARRAY(SELECT id FROM unnest(chosen_ids || $4::text) AS c (id) WHERE id = ANY ($3)),
          shadow_id = CASE WHEN shadow_id = $4 THEN NULL ELSE shadow_id END, missing_reviewers = $5::smallint,
          missing_reason = CASE WHEN $5::smallint > 0 THEN missing_reason END
        WHERE workspace_id = $1 AND pull_request_id = $2
        RETURNING decision_count AS number
      ), recorded AS (
        INSERT INTO decision
          (workspace_id, pull_request_id, number, kind, team_name, assigned_ids, replaced_id, record, actor)
        SELECT $1, $2, number, 'assign', $6, ARRAY[$4], $7, $8, $9 FROM seated
        RETURNING ${RECORDED}
      ), ${told()}
      SELECT FROM recorded`,
    values: [
      workspaceId,
      row.pullRequestId,
      row.reviewerIds,
      decision.assignedIds[0],
      row.missing,
      decision.teamName,
      decision.replacedId,
      encodeDecision(decision),
      row.actor,
    ],
  }
}

/** Marks a reviewer of a pull request that the caller holds as chosen by a person. */
export function markChosen(workspaceId: number, pullRequestId: string, userId: string, actor: string): Query<never> {
  return {
    name: 'mark-chosen',
    text: `WITH marked AS (
        UPDATE pull_request SET chosen_ids = chosen_ids || $3::text
        WHERE workspace_id = $1 AND pull_request_id = $2 AND $3 <> ALL (chosen_ids)
        RETURNING team_name
      )
      INSERT INTO event (${EVENT_COLUMNS})
      SELECT $1, 'reviewer.chosen', $2, team_name, $4, json_build_object('reviewer_ids', ARRAY[$3::text]) FROM marked`,
    values: [workspaceId, pullRequestId, userId, actor],
  }
}

/** Changes what a pull request says of itself, and has its empty seats tried again; the caller holds it. */
export function updateDetails(
  workspaceId: number,
  row: {
    pullRequestId: string
    pullRequestName: string
    isDraft: boolean
    details: Details | null
    effort: number
  },
  actor: string,
): Query<never> {
  return {
    name: 'update-details',
    text: `WITH before AS MATERIALIZED (
        SELECT pull_request_name, is_draft, details FROM pull_request WHERE workspace_id = $1 AND pull_request_id = $2
      ), updated AS (
        UPDATE pull_request SET pull_request_name = $3, is_draft = $4, details = $5, effort = $6,
          tried_version = CASE WHEN missing_reviewers > 0 THEN 0 ELSE tried_version END
        WHERE workspace_id = $1 AND pull_request_id = $2
        RETURNING pull_request_name, is_draft, details, author_id, team_name
      )
      INSERT INTO event (${EVENT_COLUMNS})
      SELECT $1, 'pullRequest.updated', $2, u.team_name, $7, json_build_object('pull_request_name', u.pull_request_name,
          'author_id', u.author_id, 'is_draft', u.is_draft, 'was_draft', b.is_draft)
      FROM updated u, before b
      WHERE (u.pull_request_name, u.is_draft, u.details::text) IS DISTINCT FROM (b.pull_request_name, b.is_draft, b.details::text)`,
    values: [
      workspaceId,
      row.pullRequestId,
      row.pullRequestName,
      row.isDraft,
      row.details === null ? null : JSON.stringify(row.details),
      row.effort,
      actor,
    ],
  }
}
