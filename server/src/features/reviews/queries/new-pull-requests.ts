import type { Query } from '../../../infra/db/database.ts'
import { unchangedTeams } from '../../people/index.ts'
import { encodeDecision } from '../domain/decision-record.ts'
import type { Decision } from '../domain/decision.ts'
import type { Details } from '../domain/pull-request.ts'
import type { Vacancy } from '../domain/vacancy.ts'

export type NewPullRequest = {
  pullRequestId: string
  pullRequestName: string
  decision: Decision
  actor: string
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

const FIELDS = 'pull_request_id, pull_request_name, author_id, team_name, first_id, second_id, actor, record'

/** SQL of `WITH`: the rows to open, from parameters that begin with this number. */
function input(first: number, hasExtras: boolean): string {
  const texts = Array.from({ length: 7 }, (_, index) => `$${first + index}::text[]`).join(', ')
  const records = `json_array_elements($${first + 7}::json)`
  const extras = hasExtras ? `, json_array_elements($${first + 8}::json)` : ''
  return `ROWS FROM (unnest(${texts}), ${records}${extras}) AS i (${FIELDS}${hasExtras ? ', extras' : ''})`
}

/** SQL of `WITH`: opens what stands in `input`, with its decision records. */
function opened(hasExtras: boolean): string {
  const [columns, values] = hasExtras
    ? [
        ', is_draft, details, effort, shadow_id, missing_reviewers, missing_reason, tried_version, retry_at',
        `, coalesce((extras ->> 'draft')::boolean, false), extras -> 'details', coalesce((extras ->> 'effort')::real, 1),
          extras ->> 'shadow', coalesce((extras ->> 'missing')::smallint, 0), extras ->> 'reason',
          coalesce((extras ->> 'tried')::bigint, 0), (extras ->> 'retry')::timestamptz`,
      ]
    : ['', '']
  return `opened AS (
        INSERT INTO pull_request
          (workspace_id, pull_request_id, pull_request_name, author_id, team_name, reviewer_ids${columns})
        SELECT $1, pull_request_id, pull_request_name, author_id, team_name,
          array_remove(ARRAY[first_id, second_id], NULL)${values}
        FROM input ORDER BY pull_request_id
        ON CONFLICT DO NOTHING
        RETURNING pull_request_id, reviewer_ids, created_at
      ), recorded AS (
        INSERT INTO decision (workspace_id, pull_request_id, number, kind, team_name, assigned_ids, record, actor, decided_at
          ${hasExtras ? ', trial' : ''})
        SELECT $1, o.pull_request_id, 1, 'create', i.team_name, o.reviewer_ids, i.record, i.actor, o.created_at
          ${hasExtras ? ", i.extras -> 'trial'" : ''}
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
  const hasExtras = rows.some(({ extras }) => extras !== null)
  return {
    name: hasExtras ? 'insert-pull-requests-with-extras' : 'insert-pull-requests',
    text: `WITH input AS (SELECT * FROM ${input(2, hasExtras)}), ${opened(hasExtras)}
      SELECT pull_request_id, created_at FROM opened`,
    values: [workspaceId, ...columnsOf(rows, hasExtras)],
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
  const hasExtras = rows.some(({ extras }) => extras !== null)
  return {
    name: hasExtras ? 'insert-assumed-pull-requests-with-extras' : 'insert-assumed-pull-requests',
    text: `WITH ${unchangedTeams('$2', '$3')}, input AS MATERIALIZED (
        SELECT * FROM ${input(4, hasExtras)}
        WHERE team_name = ANY (ARRAY(SELECT team_name FROM unchanged_team))
      ), ${opened(hasExtras)}
      SELECT pull_request_id, created_at, NULL AS team_name FROM opened
      UNION ALL
      SELECT NULL, NULL, team_name FROM unchanged_team`,
    values: [workspaceId, [...teams.keys()], [...teams.values()], ...columnsOf(rows, hasExtras)],
  }
}

function columnsOf(rows: readonly NewPullRequest[], hasExtras: boolean): unknown[] {
  return [
    rows.map((row) => row.pullRequestId),
    rows.map((row) => row.pullRequestName),
    rows.map((row) => row.decision.authorId),
    rows.map((row) => row.decision.teamName),
    rows.map((row) => row.decision.assignedIds[0] ?? null),
    rows.map((row) => row.decision.assignedIds[1] ?? null),
    rows.map((row) => row.actor),
    jsonArray(rows.map((row) => encodeDecision(row.decision))),
    ...(hasExtras ? [jsonArray(rows.map(({ extras }) => encodeExtras(extras)))] : []),
  ]
}

/** What is absent is as in a row without extras. */
function encodeExtras(extras: Extras | null): string {
  if (extras === null) return '{}'
  const { isDraft, details, effort, shadowId, vacancy, trial } = extras
  const fields = [
    isDraft ? '"draft":true' : '',
    details === null ? '' : `"details":${JSON.stringify(details)}`,
    effort === 1 ? '' : `"effort":${effort}`,
    shadowId === null ? '' : `"shadow":${JSON.stringify(shadowId)}`,
    trial === null ? '' : `"trial":${encodeDecision(trial)}`,
    vacancy === null
      ? ''
      : `"missing":${vacancy.missing},"reason":"${vacancy.reason}","tried":${vacancy.triedVersion},"retry":${JSON.stringify(vacancy.retryAt)}`,
  ]
  return `{${fields.filter((field) => field !== '').join(',')}}`
}

/** The version of each team that the decisions stand on; it is the same for all decisions of a batch. */
export function versionsOf(decisions: readonly Decision[]): Map<string, number> {
  return new Map(decisions.map(({ teamName, rosterVersion }) => [teamName, rosterVersion]))
}

/** Records travel as one JSON array: in a text[] each of their many quotes would have to be escaped. */
export function jsonArray(encoded: readonly string[]): string {
  return `[${encoded.join(',')}]`
}
