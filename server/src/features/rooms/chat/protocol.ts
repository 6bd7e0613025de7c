import { z } from '../../../infra/http/schemas.ts'
import type { Message } from '../domain/message.ts'
import { clientIdField, messageTextField, roomField, toSaidJson } from '../schemas.ts'

/** What a client may send: see docs/chat.md. */
export const ClientMessage = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('join'),
      room: roomField(),
      after: z.int('must be a whole number').min(0, 'must be 0 or more').optional(),
    }),
    z.strictObject({ type: z.literal('leave'), room: roomField() }),
    z.strictObject({
      type: z.literal('send'),
      room: roomField(),
      client_id: clientIdField(),
      text: messageTextField(),
    }),
    z.strictObject({ type: z.literal('typing'), room: roomField() }),
  ],
  { error: 'must be one of "join", "leave", "send", "typing"' },
)
export type ClientMessage = z.output<typeof ClientMessage>

export function joinedText(room: string, lastNumber: number, present: readonly string[]): string {
  return JSON.stringify({ type: 'joined', room, last_number: lastNumber, present })
}

export function leftText(room: string): string {
  return JSON.stringify({ type: 'left', room })
}

export function messagesText(room: string, messages: readonly Message[]): string {
  return JSON.stringify({ type: 'messages', room, messages: messages.map(toSaidJson) })
}

export function sentText({ room, clientId, number, sentAt }: Message): string {
  return JSON.stringify({ type: 'sent', room, client_id: clientId, number, sent_at: sentAt })
}

export function typingMessage(room: string, userId: string): string {
  return JSON.stringify({ type: 'typing', room, user_id: userId })
}

type PresenceNews = { came: readonly string[]; went: readonly string[] } | { present: readonly string[] }

export function presenceText(room: string, news: PresenceNews): string {
  return JSON.stringify({ type: 'presence', room, ...news })
}

/** Names the message that was refused by as much of it as can be told. */
export function errorText(refused: unknown, error: { code: string; message: string }): string {
  return JSON.stringify({
    type: 'error',
    error: { code: error.code, message: error.message },
    refused: outlineOf(refused),
  })
}

function outlineOf(refused: unknown): Record<string, string> {
  const fields = typeof refused === 'object' && refused !== null ? Object.entries(refused) : []
  const outline = fields.flatMap(([name, value]): [string, string][] =>
    ['type', 'room', 'client_id'].includes(name) && typeof value === 'string' ? [[name, value.slice(0, 300)]] : [],
  )
  return Object.fromEntries(outline)
}
