import { callOf, command, question, type Api } from '../../infra/http/api.ts'
import { DEFAULT_PAGE_SIZE } from '../../infra/http/schemas.ts'
import { getRoom } from './get-room.ts'
import { listMessages } from './list-messages.ts'
import type { Rooms } from './rooms.ts'
import * as schemas from './schemas.ts'
import { sendMessage } from './send-message.ts'

const sendMessageRoute = command({
  path: '/room/send',
  operationId: 'sendMessage',
  tag: 'Rooms',
  summary: 'Say something in the room of a pull request or a team',
  description:
    'Every known user may write in every room. Sent again with the same `client_id`, a message is there once, and the first one is ' +
    'the answer. Messages come as they are sent over the WebSocket `/chat`: see docs/chat.md.',
  request: schemas.MessageSendSchema,
  success: { status: 200, schema: schemas.MessageAnswer, description: 'The message with its number' },
  refusals: { 404: 'NOT_FOUND' },
})

const listMessagesRoute = question({
  path: '/room/messages',
  operationId: 'listMessages',
  tag: 'Rooms',
  summary: 'What was said in a room, a page at a time, forwards or backwards',
  request: schemas.MessageListQuery,
  success: { status: 200, schema: schemas.MessageListSchema, description: 'A page of messages' },
  refusals: { 404: 'NOT_FOUND' },
})

const getRoomRoute = question({
  path: '/room/get',
  operationId: 'getRoom',
  tag: 'Rooms',
  summary: 'How far a room is, and who is there',
  request: schemas.RoomQuery,
  success: { status: 200, schema: schemas.RoomSchema, description: 'The room' },
  refusals: { 404: 'NOT_FOUND' },
})

export function addRoomRoutes(api: Api, rooms: Rooms): void {
  api.openapi(sendMessageRoute, async (c) => {
    const { room, user_id: userId, client_id: clientId, text } = c.req.valid('json')
    const message = await sendMessage(rooms, callOf(c, { room, userId, clientId, text }))
    return c.json({ message: schemas.toMessageJson(message) }, 200)
  })
  api.openapi(listMessagesRoute, async (c) => {
    const { room, after = null, before = null, limit = DEFAULT_PAGE_SIZE } = c.req.valid('query')
    const { messages, lastNumber } = await listMessages(rooms, c.env.actor, { room, after, before, limit })
    return c.json({ messages: messages.map(schemas.toMessageJson), last_number: lastNumber }, 200)
  })
  api.openapi(getRoomRoute, async (c) => {
    const { room, lastNumber, present } = await getRoom(rooms, c.env.actor, c.req.valid('query'))
    return c.json({ room, last_number: lastNumber, present: [...present] }, 200)
  })
}
