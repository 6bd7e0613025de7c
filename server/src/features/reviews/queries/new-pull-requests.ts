import type { Query } from '../../../infra/db/database.ts'
import { unchangedTeams } from '../../people/index.ts'
import { encodeDecision } from '../domain/decision-record.ts'
import type { Decision } from '../domain/decision.ts'
import type { Details } from '../domain/pull-request.ts'
import type { Vacancy } from '../domain/vacancy.ts'
import { EVENT_COLUMNS, traceSql, type TraceSql } from './events.ts'

export type NewPullRequest = {
  pullRequestId: string
  pullRequestName: string
  decision: Decision
  actor: string
  /** Of the call, where its trace is kept. */
  traceparent: string | null
  /** Null where nothing is as it usually is not: what the contract's three fields alone bring. */
  extras: Extras | null
}

/** What a pull request may have beyond the contract's fields. */
export type Extras = {
  isDraft: boolean
  details: Details | null
  effort: number
  shadowId: string | null
  vacancy: Vacancy | null
  /** The record of what the trial policy would have decided. */
  trial: Decision | null
}

/** What the rows of a batch have at most: each step costs time that most have no use for. */
type Shape = 'plain' | 'with-details' | 'with-extras'

function shapeOf(rows: readonly NewPullRequest[]): Shape {
  const hasMore = ({ extras }: NewPullRequest) =>
    extras !== null && (extras.isDraft || extras.shadowId !== null || extras.vacancy !== null || extras.trial !== null)
  if (rows.some(hasMore)) return 'with-extras'
  return rows.some(({ extras }) => extras !== null) ? 'with-details' : 'plain'
}

/** SQL of `WITH`: the rows to open, from parameters that begin with this number. */
function input(first: number, shape: Shape): string {
  const texts = Array.from({ length: 8 }, (_, index) => `$${first + index}::text[]`).join(', ')
  const fields = 'pull_request_id, pull_request_name, author_id, team_name, first_id, second_id, actor, policy'
  const records = `json_array_elements($${first + 8}::json)`
  if (shape === 'plain') return `ROWS FROM (unnest(${texts}), ${records}) AS i (${fields}, record)`
  const details = `json_array_elements($${first + 10}::json)`
  const extras = shape === 'with-extras' ? `, json_array_elements($${first + 11}::json)` : ''
  return `ROWS FROM (unnest(${texts}, $${first + 9}::real[]), ${records}, ${details}${extras})
          AS i (${fields}, effort, record, details${shape === 'with-extras' ? ', extras' : ''})`
}

/** SQL of `WITH`: opens what stands in `input`, with its decision records and events. */
function opened(shape: Shape, { column, valueOf }: TraceSql): string {
  const details = ["CASE WHEN json_typeof(details) = 'object' THEN details END", 'effort']
  const extras = [
    `coalesce((extras ->> 'draft')::boolean, false)`,
    `extras ->> 'shadow'`,
    `coalesce((extras ->> 'missing')::smallint, 0)`,
    `extras ->> 'reason'`,
    `coalesce((extras ->> 'tried')::bigint, 0)`,
    `(extras ->> 'retry')::timestamptz`,
  ]
  const columns = [
    ...(shape === 'plain' ? [] : ['details', 'effort']),
    ...(shape === 'with-extras'
      ? ['is_draft', 'shadow_id', 'missing_reviewers', 'missing_reason', 'tried_version', 'retry_at']
      : []),
  ]
  const values = [...(shape === 'plain' ? [] : details), ...(shape === 'with-extras' ? extras : [])]
  const list = (names: readonly string[]) => names.map((name) => `, ${name}`).join('')
  const told =
    shape === 'with-extras'
      ? `, 'is_draft', i.extras -> 'draft', 'shadow_id', i.extras -> 'shadow', 'missing_reviewers', i.extras -> 'missing',
            'missing_reason', i.extras -> 'reason'`
      : ''
  return `opened AS (
        INSERT INTO pull_request
          (workspace_id, pull_request_id, pull_request_name, author_id, team_name, reviewer_ids${list(columns)})
        SELECT $1, pull_request_id, pull_request_name, author_id, team_name,
          array_remove(ARRAY[first_id, second_id], NULL)${list(values)}
        FROM input ORDER BY pull_request_id
        ON CONFLICT DO NOTHING
        RETURNING pull_request_id, reviewer_ids, created_at
      ), recorded AS (
        INSERT INTO decision (workspace_id, pull_request_id, number, kind, team_name, assigned_ids, record, actor, decided_at
          ${shape === 'with-extras' ? ', trial' : ''})
        SELECT $1, o.pull_request_id, 1, 'create', i.team_name, o.reviewer_ids, i.record, i.actor, o.created_at
          ${shape === 'with-extras' ? ", i.extras -> 'trial'" : ''}
        FROM opened o JOIN input i USING (pull_request_id)
      ), told AS (
        INSERT INTO event (${EVENT_COLUMNS}, occurred_at${column})
        SELECT $1, 'pullRequest.opened', o.pull_request_id, i.team_name, i.actor, json_build_object(
            'pull_request_name', i.pull_request_name, 'author_id', i.author_id, 'reviewer_ids', o.reviewer_ids,
            'policy', i.policy${told}), o.created_at${valueOf('o.pull_request_id')}
        FROM opened o JOIN input i USING (pull_request_id)
      )`
}

/**
 * Opens pull requests with their reviewers and decision records in one statement. The caller holds the rosters the
 * decisions stand on. Ids that exist already are left alone and out of the answer.
 */
export function insertPullRequests(
  workspaceId: number,
  rows: readonly NewPullRequest[],
): Query<{ pull_request_id: string; created_at: string }> {
  const shape = shapeOf(rows)
  const given = [workspaceId, ...columnsOf(rows, shape)]
  const trace = traceSql(rows, given.length + 1)
  return {
    name: `insert-pull-requests-${shape}${trace.suffix}`,
    text: `WITH input AS (SELECT * FROM ${input(2, shape)}), ${opened(shape, trace)}
      SELECT pull_request_id, created_at FROM opened`,
    values: [...given, ...trace.values],
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
  const shape = shapeOf(rows)
  const given = [workspaceId, [...teams.keys()], [...teams.values()], ...columnsOf(rows, shape)]
  const trace = traceSql(rows, given.length + 1)
  return {
    name: `insert-assumed-pull-requests-${shape}${trace.suffix}`,
    text: `WITH ${unchangedTeams('$2', '$3')}, input AS MATERIALIZED (
        SELECT * FROM ${input(4, shape)}
        WHERE team_name = ANY (ARRAY(SELECT team_name FROM unchanged_team))
      ), ${opened(shape, trace)}
      SELECT pull_request_id, created_at, NULL AS team_name FROM opened
      UNION ALL
      SELECT NULL, NULL, team_name FROM unchanged_team`,
    values: [...given, ...trace.values],
  }
}

function columnsOf(rows: readonly NewPullRequest[], shape: Shape): unknown[] {
  const plain = [
    rows.map((row) => row.pullRequestId),
    rows.map((row) => row.pullRequestName),
    rows.map((row) => row.decision.authorId),
    rows.map((row) => row.decision.teamName),
    rows.map((row) => row.decision.assignedIds[0] ?? null),
    rows.map((row) => row.decision.assignedIds[1] ?? null),
    rows.map((row) => row.actor),
    rows.map((row) => row.decision.policy),
    jsonArray(rows.map((row) => encodeDecision(row.decision))),
  ]
  if (shape === 'plain') return plain
  const efforts = rows.map(({ extras }) => extras?.effort ?? 1)
  const details = jsonArray(rows.map(({ extras }) => JSON.stringify(extras?.details ?? null)))
  if (shape === 'with-details') return [...plain, efforts, details]
  return [...plain, efforts, details, jsonArray(rows.map(({ extras }) => encodeExtras(extras)))]
}

/** What goes beyond details and effort; what is absent is as it usually is. */
function encodeExtras(extras: Extras | null): string {
  if (extras === null) return '{}'
  const { isDraft, shadowId, vacancy, trial } = extras
  const fields: string[] = []
  if (isDraft) fields.push('"draft":true')
  if (shadowId !== null) fields.push(`"shadow":${JSON.stringify(shadowId)}`)
  if (trial !== null) fields.push(`"trial":${encodeDecision(trial)}`)
  if (vacancy !== null) {
    const { missing, reason, triedVersion, retryAt } = vacancy
    const retry = JSON.stringify(retryAt)
    fields.push(`"missing":${missing},"reason":"${reason}","tried":${triedVersion},"retry":${retry}`)
  }
  return `{${fields.join(',')}}`
}

/** The version of each team that the decisions stand on; it is the same for all decisions of a batch. */
export function versionsOf(decisions: readonly Decision[]): Map<string, number> {
  return new Map(decisions.map(({ teamName, rosterVersion }) => [teamName, rosterVersion]))
}

/** Records travel as one JSON array: in a text[] each of their many quotes would have to be escaped. */
export function jsonArray(encoded: readonly string[]): string {
  return `[${encoded.join(',')}]`
}
