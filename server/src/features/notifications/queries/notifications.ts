import type { Executor, Query } from '../../../infra/db/database.ts'
import type { ChannelKind, Draft, Notification, Recipient } from '../domain/notification.ts'

/** The columns of a `Notification`. */
export const NOTIFICATION = `notification_id AS "notificationId", audience, recipient_id AS "recipientId", channel, kind, source,
  pull_request_id AS "pullRequestId", data, status, message_id AS "messageId", problem, created_at AS "createdAt",
  settled_at AS "settledAt"`

/** What somebody is to be told by one channel. */
export type NewNotification = Draft & { channel: ChannelKind }

/** Leaves out what is known already. The caller holds the channels. */
export function insertNotifications(
  workspaceId: number,
  rows: readonly NewNotification[],
): Query<Recipient & { channel: ChannelKind }> {
  return {
    name: 'insert-notifications',
    text: `INSERT INTO notification
        (workspace_id, audience, recipient_id, channel, kind, source, pull_request_id, data)
      SELECT $1, given.* FROM ROWS FROM (
        unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]), json_array_elements($8::json)
      ) AS given
      ON CONFLICT DO NOTHING
      RETURNING audience, recipient_id AS "recipientId", channel`,
    values: [
      workspaceId,
      rows.map(({ audience }) => audience),
      rows.map(({ recipientId }) => recipientId),
      rows.map(({ channel }) => channel),
      rows.map(({ kind }) => kind),
      rows.map(({ source }) => source),
      rows.map(({ pullRequestId }) => pullRequestId),
      JSON.stringify(rows.map(({ data }) => data)),
    ],
  }
}

/** Newest first; `before` is the number of the last one seen. */
export async function listNotifications(
  executor: Executor,
  workspaceId: number,
  { audience, recipientId }: Recipient,
  page: { before: number | null; limit: number },
): Promise<Notification[]> {
  return executor.run<Notification>({
    name: 'list-notifications',
    text: `SELECT ${NOTIFICATION} FROM notification
      WHERE workspace_id = $1 AND audience = $2 AND recipient_id = $3
        AND notification_id < coalesce($4, 9223372036854775807)
      ORDER BY notification_id DESC LIMIT $5`,
    values: [workspaceId, audience, recipientId, page.before, page.limit],
  })
}

/** Forgets what was settled and is older than so many days, a bounded number at a time; gives how many. */
export async function forgetOldNotifications(executor: Executor, workspaceId: number, days: number): Promise<number> {
  const rows = await executor.run<{ notification_id: number }>({
    name: 'forget-old-notifications',
    text: `DELETE FROM notification WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM notification
        WHERE workspace_id = $1 AND status <> 'waiting' AND created_at < now() - $2 * interval '1 day'
        ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED))
      RETURNING notification_id`,
    values: [workspaceId, days],
  })
  return rows.length
}

/** Channels for which something has waited for longer than so, some of them. */
export async function listStranded(
  executor: Executor,
  workspaceId: number,
  { minutes, limit }: { minutes: number; limit: number },
): Promise<(Recipient & { channel: ChannelKind })[]> {
  return executor.run<Recipient & { channel: ChannelKind }>({
    name: 'list-stranded-notifications',
    text: `SELECT DISTINCT audience, "recipientId", channel FROM (
        SELECT audience, recipient_id AS "recipientId", channel FROM notification
        WHERE workspace_id = $1 AND status = 'waiting' AND created_at < now() - $2 * interval '1 minute'
        ORDER BY created_at LIMIT $3
      ) AS oldest`,
    values: [workspaceId, minutes, limit],
  })
}
