/** The columns of an event that a statement gives; the number and, mostly, the time are the database's. */
export const EVENT_COLUMNS = 'workspace_id, type, subject, team_name, actor, data'

/** What `recorded` has to return for `told`. */
export const RECORDED = `pull_request_id, number, kind, team_name, assigned_ids, replaced_id, actor, record -> 'policy' AS policy`

/** What a statement of several calls says of their traces: a further column of its events with its value, and the parameter. */
export type TraceSql = {
  /** Of the statement's name. */
  suffix: string
  column: string
  /** By SQL that gives the pull request's id. */
  valueOf: (id: string) => string
  values: readonly string[]
}

/** The column's default does. */
const noTrace: TraceSql = { suffix: '', column: '', valueOf: () => '', values: [] }

type Traced = { pullRequestId: string; traceparent: string | null }

/** For rows of which the traces of some are kept; the statement stays as it is where those of none are. */
export function traceSql(rows: readonly Traced[], parameter: number): TraceSql {
  const kept = rows.filter(({ traceparent }) => traceparent !== null)
  if (kept.length === 0) return noTrace
  const byId = Object.fromEntries(kept.map(({ pullRequestId, traceparent }) => [pullRequestId, traceparent]))
  return {
    suffix: '-traced',
    column: ', traceparent',
    valueOf: (id) => `, $${parameter}::jsonb ->> ${id}`,
    values: [JSON.stringify(byId)],
  }
}

/** SQL of `WITH`: an event for each decision of `recorded`, those about one pull request in their order. See docs/events.md. */
export function told({ column, valueOf } = noTrace): string {
  return `told AS (
        INSERT INTO event (${EVENT_COLUMNS}${column})
        SELECT $1, CASE kind WHEN 'hand-over' THEN 'reviewer.handedOver' WHEN 'restore' THEN 'reviewer.restored'
            ELSE CASE WHEN replaced_id IS NULL THEN 'reviewer.assigned' ELSE 'reviewer.replaced' END END,
          pull_request_id, team_name, actor, json_build_object(
            'reviewer_ids', assigned_ids, 'replaced_id', replaced_id, 'kind', kind, 'policy', policy, 'decision', number)
          ${valueOf('pull_request_id')}
        FROM recorded ORDER BY pull_request_id, number
      )`
}
