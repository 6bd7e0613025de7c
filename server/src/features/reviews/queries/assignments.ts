import type { Query } from '../../../infra/db/database.ts'
import { unchangedTeams } from '../../people/index.ts'
import { encodeDecision } from '../domain/decision-record.ts'
import type { Decision } from '../domain/decision.ts'

export type NewPullRequest = {
  pullRequestId: string
  pullRequestName: string
  decision: Decision
  actor: string
}

/** Opens what stands in `input`, with its decision records. */
const OPENED = `opened AS (
        INSERT INTO pull_request (workspace_id, pull_request_id, pull_request_name, author_id, team_name, reviewer_ids)
        SELECT $1, pull_request_id, pull_request_name, author_id, team_name,
          array_remove(ARRAY[first_id, second_id], NULL)
        FROM input ORDER BY pull_request_id
        ON CONFLICT DO NOTHING
        RETURNING pull_request_id, reviewer_ids, created_at
      ), recorded AS (
        INSERT INTO decision (workspace_id, pull_request_id, number, kind, team_name, assigned_ids, record, actor, decided_at)
        SELECT $1, o.pull_request_id, 1, 'create', i.team_name, o.reviewer_ids, i.record, i.actor, o.created_at
        FROM opened o JOIN input i USING (pull_request_id)
      )`

/**
 * Opens pull requests with their reviewers and decision records in one statement. The caller holds the rosters the
 * decisions stand on. Ids that exist already are left alone and out of the answer.
 */
export function insertPullRequests(
  workspaceId: number,
  rows: readonly NewPullRequest[],
): Query<{ pull_request_id: string; created_at: string }> {
  return {
    name: 'insert-pull-requests',
    text: `WITH input AS (
        SELECT * FROM ROWS FROM (
          unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]),
          json_array_elements($9::json)
        ) AS i (pull_request_id, pull_request_name, author_id, team_name, first_id, second_id, actor, record)
      ), ${OPENED}
      SELECT pull_request_id, created_at FROM opened`,
    values: [workspaceId, ...columnsOf(rows)],
  }
}

/**
 * `insertPullRequests` for decisions on rosters the caller does not hold: those of teams whose roster is of another
 * version by now are left alone. Answers with what was opened and with the teams that were as assumed.
 */
export function insertAssumedPullRequests(
  workspaceId: number,
  rows: readonly NewPullRequest[],
): Query<{ pull_request_id: string | null; created_at: string; team_name: string }> {
  const teams = versionsOf(rows.map((row) => row.decision))
  return {
    name: 'insert-assumed-pull-requests',
    text: `WITH ${unchangedTeams('$2', '$3')}, input AS MATERIALIZED (
        SELECT * FROM ROWS FROM (
          unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]),
          json_array_elements($11::json)
        ) AS i (pull_request_id, pull_request_name, author_id, team_name, first_id, second_id, actor, record)
        WHERE team_name = ANY (ARRAY(SELECT team_name FROM unchanged_team))
      ), ${OPENED}
      SELECT pull_request_id, created_at, NULL AS team_name FROM opened
      UNION ALL
      SELECT NULL, NULL, team_name FROM unchanged_team`,
    values: [workspaceId, [...teams.keys()], [...teams.values()], ...columnsOf(rows)],
  }
}

function columnsOf(rows: readonly NewPullRequest[]): unknown[] {
  return [
    rows.map((row) => row.pullRequestId),
    rows.map((row) => row.pullRequestName),
    rows.map((row) => row.decision.authorId),
    rows.map((row) => row.decision.teamName),
    rows.map((row) => row.decision.assignedIds[0] ?? null),
    rows.map((row) => row.decision.assignedIds[1] ?? null),
    rows.map((row) => row.actor),
    jsonArray(rows.map((row) => encodeDecision(row.decision))),
  ]
}

/** The version of each team that the decisions stand on; it is the same for all decisions of a batch. */
function versionsOf(decisions: readonly Decision[]): Map<string, number> {
  return new Map(decisions.map(({ teamName, rosterVersion }) => [teamName, rosterVersion]))
}

export type Reassignment = {
  pullRequestId: string
  reviewerIds: readonly string[]
  /** In the order they were made. */
  decisions: readonly Decision[]
  actor: string
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
  return {
    name: 'update-reviewers',
    text: `WITH input AS (
        SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::int[])
          AS i (pull_request_id, first_id, second_id, decisions)
      ), changed AS (
        UPDATE pull_request p SET reviewer_ids = array_remove(ARRAY[i.first_id, i.second_id], NULL),
          decision_count = decision_count + i.decisions
        FROM input i
        WHERE p.ctid = ANY (ARRAY(
            SELECT held.ctid FROM unnest($2::text[]) AS given (id) CROSS JOIN LATERAL (
              SELECT ctid FROM pull_request WHERE workspace_id = $1 AND pull_request_id = given.id OFFSET 0
            ) AS held))
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
      )
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
  return {
    name: 'update-assumed-reviewers',
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
        UPDATE pull_request p SET reviewer_ids = array_remove(ARRAY[i.first_id, i.second_id], NULL),
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
      )
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
    ],
  }
}

/** Records travel as one JSON array: in a text[] each of their many quotes would have to be escaped. */
function jsonArray(encoded: readonly string[]): string {
  return `[${encoded.join(',')}]`
}
