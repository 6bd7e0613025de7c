import type { BatchOutcome } from '../../infra/batch/batcher.ts'
import { runCalls, type Call } from '../../infra/db/commands.ts'
import { unknownUser } from '../people/index.ts'
import type { Message, NewMessage } from './domain/message.ts'
import { insertMessages, type Written } from './queries/messages.ts'
import { lockRooms } from './queries/rooms.ts'
import { unknownRoom } from './refusals.ts'
import type { Rooms } from './rooms.ts'

/**
 * Says something in a room. Sent again with the same client id, it is there once, and the first one is the answer. Whoever is known may write
 * in every room, member of the team or not, active or not: see docs/chat.md.
 */
export function sendMessage({ sends }: Pick<Rooms, 'sends'>, call: Call<NewMessage>): Promise<Message> {
  return sends.submit(call)
}

/** `sendMessage` for calls with different client ids, in one transaction that holds the rooms. */
export function sendMessages(
  deps: Pick<Rooms, 'db' | 'workspaceId' | 'answers'>,
  calls: readonly Call<NewMessage>[],
  onCommitted: (messages: readonly Message[]) => void,
): Promise<readonly BatchOutcome<Message>[]> {
  return runCalls(deps, calls, async (tx, fresh) => {
    const messages = fresh.map(({ input }) => input)
    const [, written] = await Promise.all([
      tx.run(lockRooms(deps.workspaceId, messages)),
      // Another statement, so that it sees all that was committed before the rooms were locked.
      tx.runAndCommit(insertMessages(deps.workspaceId, messages)),
    ])
    const outcomes = messages.map((message, index) => outcomeOf(message, written[index]!))
    const news = outcomes.flatMap((outcome, index) => (outcome.ok && written[index]!.isNew ? [outcome.value] : []))
    return { outcomes, changed: [], afterCommit: () => onCommitted(news) }
  })
}

function outcomeOf(message: NewMessage, { isUser, isRoom, number, sentAt, text }: Written): BatchOutcome<Message> {
  if (!isUser) return { ok: false, error: unknownUser(message.userId) }
  if (!isRoom) return { ok: false, error: unknownRoom(message.room) }
  return { ok: true, value: { ...message, text: text ?? message.text, number, sentAt } }
}
