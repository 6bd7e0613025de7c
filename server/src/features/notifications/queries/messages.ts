import type { Executor, Query } from '../../../infra/db/database.ts'
import type { ChannelKind, Notification, Recipient } from '../domain/notification.ts'
import { readManner, type Manner, type StoredManner } from '../domain/preferences.ts'
import { MANNER, MANNER_COLUMNS, type StoredChannel } from './channels.ts'
import { NOTIFICATION } from './notifications.ts'

/** A channel held for sending: what is on its way by it, and how its recipient wants to be told. */
export type Outgoing = StoredChannel & {
  messageId: string | null
  /** Whether that has been on its way for longer than it may. */
  isOverdue: boolean
  manner: Manner
}

export type ChannelKey = Recipient & { channel: ChannelKind }

type OutgoingRow = Omit<Outgoing, 'manner'> & StoredManner

/** Holds a channel until the transaction ends; nothing where it was taken away. Lock order: before jobs. */
export async function lockOutgoing(
  executor: Executor,
  workspaceId: number,
  key: ChannelKey,
  longestHours: number,
): Promise<Outgoing | undefined> {
  const [row] = await executor.run<OutgoingRow>({
    name: 'lock-outgoing',
    text: `WITH held AS MATERIALIZED (
        SELECT * FROM notification_channel
        WHERE workspace_id = $1 AND audience = $2 AND recipient_id = $3 AND channel = $4 FOR NO KEY UPDATE
      )
      SELECT c.channel AS kind, c.address, c.secret, c.message_id AS "messageId",
        coalesce(c.message_at < now() - $5 * interval '1 hour', false) AS "isOverdue", ${MANNER_COLUMNS}
      FROM held c ${MANNER}`,
    values: [workspaceId, key.audience, key.recipientId, key.channel, longestHours],
  })
  if (row === undefined) return undefined
  const { kind, address, secret, messageId, isOverdue, ...manner } = row
  return { kind, address, secret, messageId, isOverdue, manner: readManner(manner) }
}

/** Makes a message of what waits, up to a limit; the caller holds the channel, and none is on its way. */
export function claimWaiting(
  workspaceId: number,
  key: ChannelKey,
  messageId: string,
  limit: number,
): Query<{ claimed: number }> {
  return {
    name: 'claim-waiting',
    text: `WITH claimed AS (
        UPDATE notification SET message_id = $5
        WHERE workspace_id = $1 AND notification_id = ANY (ARRAY(
          SELECT notification_id FROM notification
          WHERE workspace_id = $1 AND audience = $2 AND recipient_id = $3 AND channel = $4 AND status = 'waiting'
          ORDER BY notification_id LIMIT $6))
        RETURNING 1
      ), noted AS (
        UPDATE notification_channel SET message_id = $5, message_at = now()
        WHERE workspace_id = $1 AND audience = $2 AND recipient_id = $3 AND channel = $4
          AND EXISTS (SELECT FROM claimed)
      )
      SELECT count(*) AS claimed FROM claimed`,
    values: [workspaceId, key.audience, key.recipientId, key.channel, messageId, limit],
  }
}

/** What a message on its way tells, in the order in which it came. */
export function listMessage(workspaceId: number, key: ChannelKey, messageId: string): Query<Notification> {
  return {
    name: 'list-message',
    text: `SELECT ${NOTIFICATION}
      FROM notification
      WHERE workspace_id = $1 AND audience = $2 AND recipient_id = $3 AND channel = $4 AND status = 'waiting'
        AND message_id = $5
      ORDER BY notification_id`,
    values: [workspaceId, key.audience, key.recipientId, key.channel, messageId],
  }
}

/** What has become of notifications. */
export type Settlement = {
  notificationIds: readonly number[]
  status: 'sent' | 'failed' | 'dropped'
  problem: string | null
}

export function settleNotifications(
  workspaceId: number,
  { notificationIds, status, problem }: Settlement,
): Query<never> {
  return {
    name: 'settle-notifications',
    text: `UPDATE notification SET status = $3, problem = $4, settled_at = now()
      WHERE workspace_id = $1 AND notification_id = ANY ($2::bigint[]) AND status = 'waiting'`,
    values: [workspaceId, notificationIds, status, problem],
  }
}

/** No message is on its way by the channel any more; gives whether something waits. The caller holds the channel. */
export function clearOutgoing(workspaceId: number, key: ChannelKey): Query<{ isMore: boolean }> {
  return {
    name: 'clear-outgoing',
    text: `WITH cleared AS (
        UPDATE notification_channel SET message_id = NULL, message_at = NULL
        WHERE workspace_id = $1 AND audience = $2 AND recipient_id = $3 AND channel = $4
      )
      SELECT EXISTS (
        SELECT FROM notification
        WHERE workspace_id = $1 AND audience = $2 AND recipient_id = $3 AND channel = $4 AND status = 'waiting'
      ) AS "isMore"`,
    values: [workspaceId, key.audience, key.recipientId, key.channel],
  }
}

/** Drops what waits for a channel that is there no more. */
export function dropWaiting(workspaceId: number, key: ChannelKey): Query<never> {
  return {
    name: 'drop-waiting',
    text: `UPDATE notification SET status = 'dropped', problem = 'the channel was taken away', settled_at = now()
      WHERE workspace_id = $1 AND audience = $2 AND recipient_id = $3 AND channel = $4 AND status = 'waiting'`,
    values: [workspaceId, key.audience, key.recipientId, key.channel],
  }
}

/** The key that links are signed with, drawn here where there is none. */
export function ensureLinkKey(workspaceId: number, drawn: string): Query<{ key: string }> {
  return {
    name: 'ensure-link-key',
    text: `WITH made AS (
        INSERT INTO link_key (workspace_id, key) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING key
      )
      SELECT key FROM made UNION ALL SELECT key FROM link_key WHERE workspace_id = $1`,
    values: [workspaceId, drawn],
  }
}

/** Of these, the pairs of which the reviewer has said so since being assigned; as `<reviewer> <pull request>`. */
export async function listAcknowledged(
  executor: Executor,
  workspaceId: number,
  pairs: readonly { pullRequestId: string; userId: string }[],
): Promise<Set<string>> {
  const rows = await executor.run<{ pr: string; reviewer: string }>({
    name: 'list-acknowledged',
    text: `SELECT given.pr, given.reviewer FROM unnest($2::text[], $3::text[]) AS given (pr, reviewer)
      CROSS JOIN LATERAL (
        SELECT acknowledged_at FROM review_acknowledgement
        WHERE workspace_id = $1 AND pull_request_id = given.pr AND user_id = given.reviewer OFFSET 0
      ) AS a
      CROSS JOIN LATERAL (
        SELECT max(decided_at) AS assigned_at FROM decision
        WHERE workspace_id = $1 AND pull_request_id = given.pr AND given.reviewer = ANY (assigned_ids)
      ) AS d
      WHERE a.acknowledged_at >= d.assigned_at`,
    values: [workspaceId, pairs.map(({ pullRequestId }) => pullRequestId), pairs.map(({ userId }) => userId)],
  })
  return new Set(rows.map(({ pr, reviewer }) => `${reviewer} ${pr}`))
}
