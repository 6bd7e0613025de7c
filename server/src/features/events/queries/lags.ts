import type { Query } from '../../../infra/db/database.ts'

/** SQL: seconds since the oldest event after this number; 0 where there is none. */
function lagAfter(sequence: string): string {
  return `coalesce((
        SELECT greatest(0, extract(epoch FROM clock_timestamp() - occurred_at)) FROM event
        WHERE sequence > ${sequence} ORDER BY sequence LIMIT 1
      ), 0)::double precision`
}

/** How long the oldest event has waited that a relay has not handed on. */
export function findRelayLag(workspaceId: number, name: string): Query<{ lagS: number }> {
  const position = `coalesce((SELECT sequence FROM event_relay WHERE workspace_id = $1 AND relay_name = $2), 0)`
  return {
    name: 'find-relay-lag',
    text: `SELECT ${lagAfter(position)} AS "lagS"`,
    values: [workspaceId, name],
  }
}

export type WebhookLag = { sound: number; failing: number; disabled: number; lagS: number }

/** How many webhooks are in which state, and how long the oldest event has waited that one which is not disabled was not told of. */
export function findWebhookLag(workspaceId: number): Query<WebhookLag> {
  const active = `FILTER (WHERE status = 'ACTIVE')`
  return {
    name: 'find-webhook-lag',
    text: `WITH known AS MATERIALIZED (
        SELECT count(*) ${active} AS active, count(failing_since) ${active} AS failing, count(*) AS known,
          coalesce(min(sequence) ${active}, 9223372036854775807) AS sequence
        FROM webhook WHERE workspace_id = $1
      )
      SELECT active - failing AS sound, failing, known - active AS disabled,
        ${lagAfter('(SELECT sequence FROM known)')} AS "lagS" FROM known`,
    values: [workspaceId],
  }
}
