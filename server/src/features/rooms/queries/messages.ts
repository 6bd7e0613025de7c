import type { Executor, Query } from '../../../infra/db/database.ts'
import type { Message, NewMessage } from '../domain/message.ts'

const MESSAGE =
  'm.room_name AS room, m.number, m.user_id AS "userId", m.client_id AS "clientId", m.text, m.sent_at AS "sentAt"'

export type Written = {
  isUser: boolean
  isRoom: boolean
  /** False for what was written before; `text` is then what it says, else null. */
  isNew: boolean
  number: number
  sentAt: string
  text: string | null
}

/**
 * Writes messages into rooms that the caller has locked by an earlier statement, and answers in their order. A message that is there already,
 * by its room, user and client id, stays as it is.
 */
export function insertMessages(workspaceId: number, messages: readonly NewMessage[]): Query<Written> {
  return {
    name: 'insert-messages',
    text: `WITH input AS MATERIALIZED (
        SELECT i.*, m.user_id IS NOT NULL AS is_user, r.last_number, k.number AS known_number, k.sent_at AS known_at,
          k.text AS known_text, m.user_id IS NOT NULL AND r.last_number IS NOT NULL AND k.number IS NULL AS is_new
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS i (room_name, user_id, client_id, text, place)
        LEFT JOIN LATERAL (
          SELECT user_id FROM member WHERE workspace_id = $1 AND user_id = i.user_id OFFSET 0
        ) AS m ON true
        LEFT JOIN LATERAL (
          SELECT last_number FROM room WHERE workspace_id = $1 AND room_name = i.room_name OFFSET 0
        ) AS r ON true
        LEFT JOIN LATERAL (
          SELECT number, sent_at, text FROM room_message
          WHERE workspace_id = $1 AND room_name = i.room_name AND user_id = i.user_id AND client_id = i.client_id OFFSET 0
        ) AS k ON true
      ), numbered AS MATERIALIZED (
        SELECT *, CASE WHEN is_new THEN clock_timestamp() ELSE known_at END AS sent_at,
          CASE WHEN is_new THEN last_number + count(*) FILTER (WHERE is_new) OVER (PARTITION BY room_name ORDER BY place)
            ELSE known_number END AS number
        FROM input
      ), written AS (
        INSERT INTO room_message (workspace_id, room_name, number, user_id, client_id, text, sent_at)
        SELECT $1, room_name, number, user_id, client_id, text, sent_at FROM numbered WHERE is_new
      ), last AS MATERIALIZED (
        SELECT room_name, max(number) AS number FROM numbered WHERE is_new GROUP BY room_name
      ), counted AS (
        UPDATE room SET last_number = last.number FROM last
        WHERE workspace_id = $1 AND room.room_name = ANY (ARRAY(SELECT room_name FROM last))
          AND room.room_name = last.room_name
      )
      SELECT is_user AS "isUser", last_number IS NOT NULL AS "isRoom", is_new AS "isNew", number, sent_at AS "sentAt",
        known_text AS text
      FROM numbered ORDER BY place`,
    values: [
      workspaceId,
      messages.map(({ room }) => room),
      messages.map(({ userId }) => userId),
      messages.map(({ clientId }) => clientId),
      messages.map(({ text }) => text),
    ],
  }
}

/** A place in a room: after the message of that number. */
export type Place = { room: string; after: number }

/** What follows each place, at most so many messages of each, in order. */
export async function listMessagesAfter(
  executor: Executor,
  workspaceId: number,
  places: readonly Place[],
  limit: number,
): Promise<Message[][]> {
  const rows = await executor.run<Message & { place: number }>({
    name: 'list-messages-after',
    text: `SELECT i.place, ${MESSAGE}
      FROM unnest($2::text[], $3::bigint[]) WITH ORDINALITY AS i (room_name, after, place) CROSS JOIN LATERAL (
        SELECT * FROM room_message WHERE workspace_id = $1 AND room_name = i.room_name AND number > i.after
        ORDER BY number LIMIT $4
      ) AS m ORDER BY i.place, m.number`,
    values: [workspaceId, places.map(({ room }) => room), places.map(({ after }) => after), limit],
  })
  const found = places.map((): Message[] => [])
  for (const { place, ...message } of rows) found[place - 1]!.push(message)
  return found
}

/** The last messages before that number, in order. */
export async function listMessagesBefore(
  executor: Executor,
  workspaceId: number,
  { room, before }: { room: string; before: number },
  limit: number,
): Promise<Message[]> {
  const rows = await executor.run<Message>({
    name: 'list-messages-before',
    text: `SELECT ${MESSAGE} FROM room_message AS m WHERE workspace_id = $1 AND room_name = $2 AND number < $3
      ORDER BY number DESC LIMIT $4`,
    values: [workspaceId, room, before, limit],
  })
  return rows.toReversed()
}
