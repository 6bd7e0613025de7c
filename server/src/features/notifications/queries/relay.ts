import type { Executor, Query } from '../../../infra/db/database.ts'
import type { StoredEvent } from '../../../infra/events/event-log.ts'
import { WANTS_REMINDERS } from './waits.ts'

const RELAY = 'notifications'

/** Begins with what happens after this number, where it has not begun yet. */
export function beginRelay(workspaceId: number, sequence: number): Query<never> {
  return {
    name: 'begin-notification-relay',
    text: `INSERT INTO event_relay (workspace_id, relay_name, sequence) VALUES ($1, '${RELAY}', $2) ON CONFLICT DO NOTHING`,
    values: [workspaceId, sequence],
  }
}

/** SQL of a condition: nobody wants to be told of anything. */
const NOBODY = `(SELECT audience FROM notification_channel WHERE workspace_id = $1
          ORDER BY audience, recipient_id, channel LIMIT 1) IS NULL
        AND NOT EXISTS (
          SELECT FROM team_notification_preference
          WHERE workspace_id = $1 AND ${WANTS_REMINDERS})`

export async function isAnybodyTold(executor: Executor, workspaceId: number): Promise<boolean> {
  const [row] = await executor.run<{ isAnybody: boolean }>({
    name: 'is-anybody-told',
    text: `SELECT NOT (${NOBODY}) AS "isAnybody"`,
    values: [workspaceId],
  })
  return row!.isAnybody
}

/** Passes over everything up to this number, where nobody wants to be told of anything. */
export function skipUnwanted(workspaceId: number, sequence: number): Query<never> {
  return {
    name: 'skip-unwanted-events',
    text: `UPDATE event_relay SET sequence = $2, moved_at = now()
      WHERE workspace_id = $1 AND relay_name = '${RELAY}' AND sequence < $2
        AND ${NOBODY}`,
    values: [workspaceId, sequence],
  }
}

/** How far it has come, held until the transaction ends; nothing where another process has it. */
export function lockCursor(workspaceId: number): Query<{ sequence: number }> {
  return {
    name: 'lock-notification-cursor',
    text: `SELECT sequence FROM event_relay
      WHERE workspace_id = $1 AND relay_name = '${RELAY}' FOR NO KEY UPDATE SKIP LOCKED`,
    values: [workspaceId],
  }
}

export function moveCursor(workspaceId: number, sequence: number): Query<never> {
  return {
    name: 'move-notification-cursor',
    text: `UPDATE event_relay SET sequence = $2, moved_at = now() WHERE workspace_id = $1 AND relay_name = '${RELAY}'`,
    values: [workspaceId, sequence],
  }
}

/** A row of the log; without data where it is of another type. */
export type EventRow = Omit<StoredEvent, 'data'> & { data: StoredEvent['data'] | null }

/** Rows of the log after a number up to another, in their order, with the data of those of these types. */
export async function listEventRows(
  executor: Executor,
  workspaceId: number,
  { after, upTo, types, limit }: { after: number; upTo: number; types: readonly string[]; limit: number },
): Promise<EventRow[]> {
  return executor.run<EventRow>({
    name: 'list-event-rows',
    text: `SELECT sequence, occurred_at AS "occurredAt", workspace_id AS "workspaceId", type, subject,
        team_name AS "teamName", actor, CASE WHEN workspace_id = $1 AND type = ANY ($4::text[]) THEN data END AS data
      FROM event WHERE sequence > $2 AND sequence <= $3 ORDER BY sequence LIMIT $5`,
    values: [workspaceId, after, upTo, types, limit],
  })
}

export async function listAuthors(
  executor: Executor,
  workspaceId: number,
  pullRequestIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await executor.run<{ id: string; author_id: string }>({
    name: 'list-authors',
    text: `SELECT given.id, p.author_id FROM unnest($2::text[]) AS given (id) CROSS JOIN LATERAL (
        SELECT author_id FROM pull_request WHERE workspace_id = $1 AND pull_request_id = given.id OFFSET 0
      ) AS p`,
    values: [workspaceId, pullRequestIds],
  })
  return new Map(rows.map((row) => [row.id, row.author_id]))
}
