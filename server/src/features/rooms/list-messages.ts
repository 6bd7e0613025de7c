import type { Actor } from '../../shared/actor.ts'
import { AppError } from '../../shared/errors.ts'
import type { Message } from './domain/message.ts'
import { listMessagesAfter, listMessagesBefore } from './queries/messages.ts'
import { unknownRoom } from './refusals.ts'
import type { Rooms } from './rooms.ts'

type Ask = { room: string; after: number | null; before: number | null; limit: number }

/** What was said in a room, by number: after one number, before one, or the last of all. */
export async function listMessages(
  { db, workspaceId, places }: Pick<Rooms, 'db' | 'workspaceId' | 'places'>,
  _actor: Actor,
  { room, after, before, limit }: Ask,
): Promise<{ messages: readonly Message[]; lastNumber: number }> {
  if (after !== null && before !== null) {
    throw new AppError('invalid', 'INVALID_REQUEST', 'before: cannot be asked for together with after.')
  }
  const [lastNumber, messages] = await Promise.all([
    places.submit(room),
    after === null
      ? listMessagesBefore(db, workspaceId, { room, before: before ?? Number.MAX_SAFE_INTEGER }, limit)
      : listMessagesAfter(db, workspaceId, [{ room, after }], limit).then(([found = []]) => found),
  ])
  if (lastNumber === undefined) throw unknownRoom(room)
  // Both were read at the same time, and not in the same moment.
  return { messages, lastNumber: Math.max(lastNumber, messages.at(-1)?.number ?? 0) }
}
