import type { Query } from '../../../infra/db/database.ts'
import { unchangedTeams } from '../../people/index.ts'
import { encodeDecision } from '../domain/decision-record.ts'
import type { Decision } from '../domain/decision.ts'
import type { MissingReason } from '../domain/pull-request.ts'
import { RECORDED, told, traceSql } from './events.ts'
import { jsonArray, versionsOf } from './new-pull-requests.ts'
import { isAmong } from './pull-requests.ts'

/** SQL of `SET`: other reviewers, and what hangs on who they are. Whoever becomes a reviewer ceases to be the shadow. */
function settingReviewers(first: string, second: string): string {
  const reviewers = `array_remove(ARRAY[${first}, ${second}], NULL)`
  return `reviewer_ids = ${reviewers},
          chosen_ids = CASE WHEN chosen_ids = '{}' THEN chosen_ids ELSE ARRAY(
            SELECT id FROM unnest(chosen_ids) AS c (id) WHERE id = ${first} OR id = ${second}) END,
          shadow_id = CASE WHEN shadow_id = ${first} OR shadow_id = ${second} THEN NULL ELSE shadow_id END`
}

export type Reassignment = {
  pullRequestId: string
  reviewerIds: readonly string[]
  /** In the order they were made. */
  decisions: readonly Decision[]
  /** Seats left empty, why, and by which roster; below 0 for seats that are taken again. */
  vacated?: number
  reason?: MissingReason | null
  triedVersion?: number
  actor: string
  /** Of the call, where its trace is kept and it is not alone in its transaction. */
  traceparent?: string | null
}

/**
 * Puts other reviewers on pull requests that the caller has locked, and records the decisions.
 */
export function updateReviewers(
  workspaceId: number,
  rows: readonly Reassignment[],
): Query<{ pull_request_id: string }> {
  const records = rows.flatMap((row) =>
    row.decisions.map((decision, index) => ({ ...row, decision, position: index + 1 })),
  )
  const trace = traceSql(
    rows.map(({ traceparent = null, ...row }) => ({ ...row, traceparent })),
    17,
  )
  return {
    name: `update-reviewers${trace.suffix}`,
    text: `WITH input AS (
        SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::int[], $14::int[], $15::text[], $16::bigint[])
          AS i (pull_request_id, first_id, second_id, decisions, vacated, reason, tried)
      ), changed AS (
        UPDATE pull_request p SET ${settingReviewers('i.first_id', 'i.second_id')},
          decision_count = decision_count + i.decisions,
          missing_reviewers = greatest(0, missing_reviewers + i.vacated),
          missing_reason = CASE WHEN missing_reviewers + i.vacated > 0 THEN coalesce(i.reason, missing_reason) END,
          tried_version = coalesce(i.tried, tried_version)
        FROM input i
        WHERE ${isAmong('$2::text[]')}
          AND p.pull_request_id = i.pull_request_id
        RETURNING p.pull_request_id, p.decision_count - i.decisions AS decisions_before
      ), recorded AS (
        INSERT INTO decision
          (workspace_id, pull_request_id, number, kind, team_name, assigned_ids, replaced_id, record, actor)
        SELECT $1, d.pull_request_id, c.decisions_before + d.position, d.kind, d.team_name,
          array_remove(ARRAY[d.assigned_id], NULL), d.replaced_id, d.record, d.actor
        FROM ROWS FROM (
          unnest($6::text[], $7::int[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[]),
          json_array_elements($13::json)
        ) AS d (pull_request_id, position, kind, team_name, assigned_id, replaced_id, actor, record)
        JOIN changed c USING (pull_request_id)
        RETURNING ${RECORDED}
      ), ${told(trace)}
      SELECT pull_request_id FROM changed`,
    values: [
      workspaceId,
      rows.map((row) => row.pullRequestId),
      rows.map((row) => row.reviewerIds[0] ?? null),
      rows.map((row) => row.reviewerIds[1] ?? null),
      rows.map((row) => row.decisions.length),
      records.map((row) => row.pullRequestId),
      records.map((row) => row.position),
      records.map((row) => row.decision.kind),
      records.map((row) => row.decision.teamName),
      records.map((row) => row.decision.assignedIds[0] ?? null),
      records.map((row) => row.decision.replacedId),
      records.map((row) => row.actor),
      jsonArray(records.map((row) => encodeDecision(row.decision))),
      rows.map(({ vacated = 0 }) => vacated),
      rows.map(({ reason = null }) => reason),
      rows.map(({ vacated = 0, triedVersion }) => (vacated > 0 ? (triedVersion ?? null) : null)),
      ...trace.values,
    ],
  }
}

/** A change of one reviewer of a pull request whose reviewers are assumed to be `before`. */
export type AssumedReassignment = {
  pullRequestId: string
  before: readonly string[]
  reviewerIds: readonly string[]
  decision: Decision
  actor: string
  traceparent: string | null
}

/**
 * `updateReviewers` for decisions on rosters and reviewers the caller does not hold: where something is not as assumed,
 * the pull request is left alone and out of the answer.
 */
export function updateAssumedReviewers(
  workspaceId: number,
  rows: readonly AssumedReassignment[],
): Query<{ pull_request_id: string }> {
  const teams = versionsOf(rows.map((row) => row.decision))
  const trace = traceSql(rows, 14)
  return {
    name: `update-assumed-reviewers${trace.suffix}`,
    text: `WITH ${unchangedTeams('$2', '$3')}, input AS MATERIALIZED (
        SELECT * FROM ROWS FROM (
          unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[]),
          json_array_elements($13::json)
        ) AS i (
          pull_request_id, first_before, second_before, first_id, second_id, team_name, assigned_id, replaced_id, actor, record
        )
        WHERE team_name = ANY (ARRAY(SELECT team_name FROM unchanged_team))
      ), held AS MATERIALIZED (
        SELECT place FROM (SELECT pull_request_id FROM input ORDER BY pull_request_id COLLATE "C") AS key
        CROSS JOIN LATERAL (
          SELECT ctid AS place FROM pull_request
          WHERE workspace_id = $1 AND pull_request_id = key.pull_request_id FOR NO KEY UPDATE
        ) AS held
      ), changed AS (
        UPDATE pull_request p SET ${settingReviewers('i.first_id', 'i.second_id')},
          decision_count = decision_count + 1
        FROM input i
        WHERE p.ctid = ANY (ARRAY(SELECT place FROM held)) AND p.pull_request_id = i.pull_request_id AND p.status = 'OPEN'
          AND p.reviewer_ids = array_remove(ARRAY[i.first_before, i.second_before], NULL)
        RETURNING p.pull_request_id, p.decision_count AS number
      ), recorded AS (
        INSERT INTO decision
          (workspace_id, pull_request_id, number, kind, team_name, assigned_ids, replaced_id, record, actor)
        SELECT $1, c.pull_request_id, c.number, 'reassign', i.team_name, ARRAY[i.assigned_id], i.replaced_id, i.record, i.actor
        FROM changed c JOIN input i USING (pull_request_id)
        RETURNING ${RECORDED}
      ), ${told(trace)}
      SELECT pull_request_id FROM changed`,
    values: [
      workspaceId,
      [...teams.keys()],
      [...teams.values()],
      rows.map((row) => row.pullRequestId),
      rows.map((row) => row.before[0] ?? null),
      rows.map((row) => row.before[1] ?? null),
      rows.map((row) => row.reviewerIds[0] ?? null),
      rows.map((row) => row.reviewerIds[1] ?? null),
      rows.map((row) => row.decision.teamName),
      rows.map((row) => row.decision.assignedIds[0] ?? null),
      rows.map((row) => row.decision.replacedId),
      rows.map((row) => row.actor),
      jsonArray(rows.map((row) => encodeDecision(row.decision))),
      ...trace.values,
    ],
  }
}
