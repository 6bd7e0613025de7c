/** The columns of an event that a statement gives; the number and, mostly, the time are the database's. */
export const EVENT_COLUMNS = 'workspace_id, type, subject, team_name, actor, data'

/** What `recorded` has to return for `TOLD`. */
export const RECORDED = `pull_request_id, number, kind, team_name, assigned_ids, replaced_id, actor, record -> 'policy' AS policy`

/** SQL of `WITH`: an event for each decision of `recorded`, those about one pull request in their order. See docs/events.md. */
export const TOLD = `told AS (
        INSERT INTO event (${EVENT_COLUMNS})
        SELECT $1, CASE kind WHEN 'hand-over' THEN 'reviewer.handedOver' WHEN 'restore' THEN 'reviewer.restored'
            ELSE CASE WHEN replaced_id IS NULL THEN 'reviewer.assigned' ELSE 'reviewer.replaced' END END,
          pull_request_id, team_name, actor, json_build_object(
            'reviewer_ids', assigned_ids, 'replaced_id', replaced_id, 'kind', kind, 'policy', policy, 'decision', number)
        FROM recorded ORDER BY pull_request_id, number
      )`
