import type { Executor, Query } from '../../../infra/db/database.ts'
import type { NewMessage } from '../domain/message.ts'
import { subjectOf } from '../domain/room.ts'

/**
 * Locks the rooms in one order for all, and makes those that have no message yet. What would be refused makes no room: a room needs its
 * pull request or team, and somebody who exists to write in it.
 */
export function lockRooms(workspaceId: number, messages: readonly NewMessage[]): Query<never> {
  const subjects = messages.map(({ room }) => subjectOf(room))
  return {
    name: 'lock-rooms',
    text: `INSERT INTO room (workspace_id, room_name)
      SELECT DISTINCT $1::integer, i.room_name
      FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS i (room_name, kind, id, user_id)
      CROSS JOIN LATERAL (SELECT FROM member WHERE workspace_id = $1 AND user_id = i.user_id OFFSET 0) AS m
      CROSS JOIN LATERAL (${SUBJECT} OFFSET 0) AS s
      ORDER BY i.room_name
      -- Where nothing is updated, the row is locked all the same.
      ON CONFLICT (workspace_id, room_name) DO UPDATE SET last_number = room.last_number WHERE false`,
    values: [
      workspaceId,
      messages.map(({ room }) => room),
      subjects.map((subject) => subject?.kind ?? ''),
      subjects.map((subject) => subject?.id ?? ''),
      messages.map(({ userId }) => userId),
    ],
  }
}

/** SQL: a row where there is what `i` names. */
const SUBJECT = `SELECT FROM team WHERE i.kind = 'team' AND workspace_id = $1 AND team_name = i.id
        UNION ALL SELECT FROM pull_request WHERE i.kind = 'pullRequest' AND workspace_id = $1 AND pull_request_id = i.id`

/** The last number of each room that there is, whether it has messages yet or not. */
export async function findRooms(
  executor: Executor,
  workspaceId: number,
  rooms: readonly string[],
): Promise<Map<string, number>> {
  const subjects = rooms.map(subjectOf)
  const found = await executor.run<{ room: string; lastNumber: number }>({
    name: 'find-rooms',
    text: `SELECT i.room_name AS room, coalesce(r.last_number, 0) AS "lastNumber"
      FROM unnest($2::text[], $3::text[], $4::text[]) AS i (room_name, kind, id)
      CROSS JOIN LATERAL (${SUBJECT} OFFSET 0) AS s
      LEFT JOIN LATERAL (
        SELECT last_number FROM room WHERE workspace_id = $1 AND room_name = i.room_name OFFSET 0
      ) AS r ON true`,
    values: [
      workspaceId,
      rooms,
      subjects.map((subject) => subject?.kind ?? ''),
      subjects.map((subject) => subject?.id ?? ''),
    ],
  })
  return new Map(found.map(({ room, lastNumber }) => [room, lastNumber]))
}

/** The last numbers of those rooms that have messages. */
export async function listLastNumbers(
  executor: Executor,
  workspaceId: number,
  rooms: readonly string[],
): Promise<{ room: string; lastNumber: number }[]> {
  return executor.run({
    name: 'list-last-numbers',
    text: `SELECT r.room_name AS room, r.last_number AS "lastNumber"
      FROM unnest($2::text[]) AS i (room_name) CROSS JOIN LATERAL (
        SELECT room_name, last_number FROM room WHERE workspace_id = $1 AND room_name = i.room_name OFFSET 0
      ) AS r`,
    values: [workspaceId, rooms],
  })
}
