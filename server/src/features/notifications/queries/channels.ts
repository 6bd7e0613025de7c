import type { Executor, Query } from '../../../infra/db/database.ts'
import type { ChannelKind, Recipient } from '../domain/notification.ts'
import { readManner, type Manner, type StoredManner } from '../domain/preferences.ts'

/** A channel of somebody's, with what is needed to send by it. */
export type StoredChannel = { kind: ChannelKind; address: string; secret: string | null }

const CHANNEL = 'channel AS kind, address, secret'

/** The channels of a recipient, by kind. */
export async function listChannels(
  executor: Executor,
  workspaceId: number,
  { audience, recipientId }: Recipient,
): Promise<StoredChannel[]> {
  return executor.run<StoredChannel>({
    name: 'list-channels',
    text: `SELECT ${CHANNEL} FROM notification_channel
      WHERE workspace_id = $1 AND audience = $2 AND recipient_id = $3 ORDER BY channel`,
    values: [workspaceId, audience, recipientId],
  })
}

/** `listChannels`, held until the transaction ends. */
export function lockOwnChannels(workspaceId: number, { audience, recipientId }: Recipient): Query<StoredChannel> {
  return {
    name: 'lock-own-channels',
    text: `SELECT ${CHANNEL} FROM notification_channel
      WHERE workspace_id = $1 AND audience = $2 AND recipient_id = $3 ORDER BY channel FOR NO KEY UPDATE`,
    values: [workspaceId, audience, recipientId],
  }
}

/** These are the recipient's channels from now on; what waits for others is dropped. New ones are told of events after `sequence`. */
export function replaceChannels(
  workspaceId: number,
  { audience, recipientId }: Recipient,
  channels: readonly StoredChannel[],
  sequence: number,
): Query<never> {
  return {
    name: 'replace-channels',
    text: `WITH removed AS (
        DELETE FROM notification_channel
        WHERE workspace_id = $1 AND audience = $2 AND recipient_id = $3 AND channel <> ALL ($4::text[])
        RETURNING channel
      ), dropped AS (
        UPDATE notification SET status = 'dropped', problem = 'the channel was taken away', settled_at = now()
        WHERE workspace_id = $1 AND audience = $2 AND recipient_id = $3 AND status = 'waiting'
          AND channel IN (SELECT channel FROM removed)
      )
      INSERT INTO notification_channel AS c (workspace_id, audience, recipient_id, channel, address, secret, from_sequence)
      SELECT $1, $2, $3, given.*, $7 FROM unnest($4::text[], $5::text[], $6::text[]) AS given (channel, address, secret)
      ORDER BY given.channel
      ON CONFLICT (workspace_id, audience, recipient_id, channel) DO UPDATE
        SET address = excluded.address, secret = excluded.secret`,
    values: [
      workspaceId,
      audience,
      recipientId,
      channels.map(({ kind }) => kind),
      channels.map(({ address }) => address),
      channels.map(({ secret }) => secret),
      sequence,
    ],
  }
}

/** A recipient's channel, held, and how the recipient wants to be told. */
export type HeldChannel = Recipient & { channel: ChannelKind; fromSequence: number; manner: Manner }

type HeldRow = Omit<HeldChannel, 'manner'> & StoredManner

/** SQL of `FROM` and `JOIN`: how the recipient of `c` wants to be told. Each row by its key, whatever the tables were like when planned. */
export const MANNER = `LEFT JOIN LATERAL (
        SELECT * FROM member
        WHERE c.audience = 'user' AND workspace_id = $1 AND user_id = c.recipient_id OFFSET 0
      ) AS m ON true
      LEFT JOIN LATERAL (
        SELECT * FROM notification_preference WHERE workspace_id = $1 AND user_id = m.user_id OFFSET 0
      ) AS own ON true
      LEFT JOIN LATERAL (
        SELECT * FROM member_limit WHERE workspace_id = $1 AND user_id = m.user_id OFFSET 0
      ) AS l ON true
      LEFT JOIN LATERAL (
        SELECT * FROM team_notification_preference
        WHERE workspace_id = $1 AND team_name = CASE c.audience WHEN 'team' THEN c.recipient_id ELSE m.team_name END OFFSET 0
      ) AS team ON true`

export const MANNER_COLUMNS = `own.language, own.time_zone AS "timeZone", own.quiet_hours AS "quietHours",
        own.digest_minutes AS "digestMinutes", own.kinds, l.working_hours ->> 'timeZone' AS "workZone",
        CASE WHEN c.audience = 'user' THEN team.member_defaults END AS "teamDefaults",
        CASE WHEN c.audience = 'team' THEN json_build_object('language', team.language,
          'digestMinutes', team.digest_minutes, 'kinds', team.kinds) END AS team`

/**
 * Holds all channels of these recipients until the transaction ends. Lock order: by audience, recipient and channel; after the relay's
 * cursor and review waits, before jobs.
 */
export async function lockChannels(
  executor: Executor,
  workspaceId: number,
  recipients: readonly Recipient[],
): Promise<HeldChannel[]> {
  const rows = await executor.run<HeldRow>({
    name: 'lock-channels',
    text: `WITH held AS MATERIALIZED (
        SELECT held.* FROM (
          SELECT audience, id FROM unnest($2::text[], $3::text[]) AS given (audience, id)
          GROUP BY audience, id ORDER BY audience, id COLLATE "C"
        ) AS key CROSS JOIN LATERAL (
          SELECT * FROM notification_channel
          WHERE workspace_id = $1 AND audience = key.audience AND recipient_id = key.id
          ORDER BY channel FOR NO KEY UPDATE
        ) AS held
      )
      SELECT c.audience, c.recipient_id AS "recipientId", c.channel, c.from_sequence AS "fromSequence", ${MANNER_COLUMNS}
      FROM held c ${MANNER}`,
    values: [workspaceId, recipients.map(({ audience }) => audience), recipients.map(({ recipientId }) => recipientId)],
  })
  return rows.map(({ audience, recipientId, channel, fromSequence, ...manner }) => {
    return { audience, recipientId, channel, fromSequence, manner: readManner(manner) }
  })
}
