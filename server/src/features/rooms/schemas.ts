import {
  MAX_PAGE_SIZE,
  DEFAULT_PAGE_SIZE,
  shownTimeField,
  textField,
  wholeNumberField,
  z,
} from '../../infra/http/schemas.ts'
import { CLIENT_ID, MAX_TEXT_LENGTH, type Message } from './domain/message.ts'
import { subjectOf } from './domain/room.ts'

const MAX_NUMBER = 999_999_999

export function roomField() {
  return z
    .string()
    .refine((text) => subjectOf(text) !== null, 'must be a room like pullRequest/pr-1 or team/payments')
    .openapi({ example: 'pullRequest/pr-1', description: '`pullRequest/` and an id, or `team/` and a name.' })
}

export function clientIdField() {
  return z.string().regex(CLIENT_ID, 'must have 1 to 64 visible ASCII characters').openapi({
    example: '0193a1c5-7d1e-7bb2-9a4e-1f2d3c4b5a69',
    description: 'Drawn by the writer, a UUID best: sent again with it, a message is there once.',
  })
}

export function messageTextField() {
  return textField('Could you look at the second commit?', MAX_TEXT_LENGTH)
}

const MessageSchema = z
  .object({
    room: roomField(),
    number: z.int().openapi({ example: 17, description: 'Counted from 1 in each room, without gaps.' }),
    user_id: z.string().openapi({ example: 'u1' }),
    client_id: clientIdField(),
    text: messageTextField(),
    sent_at: shownTimeField(),
  })
  .openapi('RoomMessage')

const lastNumberField = z
  .int()
  .openapi({ example: 17, description: 'The number of the last message; 0 where there is none.' })

export const MessageSendSchema = z.strictObject({
  room: roomField(),
  user_id: textField('u1'),
  client_id: clientIdField(),
  text: messageTextField(),
})
export const MessageAnswer = z.object({ message: MessageSchema })

export const MessageListQuery = z.strictObject({
  room: roomField(),
  after: wholeNumberField(0, MAX_NUMBER)
    .optional()
    .openapi({ description: 'Those that follow this number, the oldest of them first.' }),
  before: wholeNumberField(1, MAX_NUMBER)
    .optional()
    .openapi({ description: 'The last ones before this number. Without `after` and `before`, the last ones of all.' }),
  limit: wholeNumberField(1, MAX_PAGE_SIZE)
    .optional()
    .openapi({ description: `At most this many, up to ${MAX_PAGE_SIZE}.`, default: DEFAULT_PAGE_SIZE, example: 20 }),
})
export const MessageListSchema = z.object({
  messages: z.array(MessageSchema).openapi({ description: 'By number, ascending.' }),
  last_number: lastNumberField,
})

export const RoomQuery = z.strictObject({ room: roomField() })
export const RoomSchema = z
  .object({
    room: roomField(),
    last_number: lastNumberField,
    present: z
      .array(z.string())
      .openapi({ example: ['u1', 'u2'], description: 'Users who are in the room now, by any process.' }),
  })
  .openapi('Room')

/** A message where the room is named already. */
export function toSaidJson({ number, userId, clientId, text, sentAt }: Message) {
  return { number, user_id: userId, client_id: clientId, text, sent_at: sentAt }
}

export function toMessageJson(message: Message) {
  return { room: message.room, ...toSaidJson(message) }
}
