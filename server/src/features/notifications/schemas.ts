import { nextCursorField, pageFields, shownTimeField, z } from '../../infra/http/schemas.ts'
import { statuses, type Notification, type Recipient } from './domain/notification.ts'
import { channelKind, kind, teamName, userId } from './preferences/schemas.ts'
import type { SendOutcome } from './sending/outcome.ts'

type Named = { user_id?: string | undefined; team_name?: string | undefined }

function namesOne({ user_id, team_name }: Named): boolean {
  return (user_id === undefined) !== (team_name === undefined)
}

const recipientFields = { user_id: userId.optional(), team_name: teamName.optional() }
const oneOfTwo = { path: ['user_id'], message: 'give a user_id or a team_name' }

const NotificationSchema = z
  .object({
    kind,
    channel: channelKind,
    pull_request_id: z.string().openapi({ example: 'pr-1' }),
    source: z.string().openapi({
      description: 'The id of the event it comes from, where it comes from one.',
      example: '1042.17637183',
    }),
    status: z.enum(statuses).openapi({ example: 'sent' }),
    problem: z.string().nullable().openapi({ description: 'Why it was not sent.', example: null }),
    message_id: z
      .string()
      .nullable()
      .openapi({ description: 'The message it is part of; the same for all of a digest.', example: null }),
    created_at: shownTimeField(),
    settled_at: shownTimeField().nullable(),
  })
  .openapi('Notification')

export const NotificationListQuery = z.strictObject({ ...recipientFields, ...pageFields }).refine(namesOne, oneOfTwo)

export const NotificationListSchema = z.object({
  notifications: z.array(NotificationSchema),
  next_cursor: nextCursorField,
})

export const NotificationTestSchema = z
  .strictObject({ ...recipientFields, channel: channelKind })
  .refine(namesOne, oneOfTwo)
  .openapi('NotificationTest', { example: { user_id: 'u1', channel: 'email' } })

export const NotificationTestAnswer = z.object({
  outcome: z.enum(['sent', 'refused', 'failed']).openapi({ description: 'Refused ones would not be tried again.' }),
  problem: z.string().nullable().openapi({ example: 'it answers with status 404' }),
})

export function fromRecipientJson({ user_id, team_name }: Named): Recipient {
  return user_id === undefined
    ? { audience: 'team', recipientId: team_name! }
    : { audience: 'user', recipientId: user_id }
}

export function toNotificationJson(notification: Notification): z.infer<typeof NotificationSchema> {
  return {
    kind: notification.kind,
    channel: notification.channel,
    pull_request_id: notification.pullRequestId,
    source: notification.source,
    status: notification.status,
    problem: notification.problem,
    message_id: notification.messageId,
    created_at: notification.createdAt,
    settled_at: notification.settledAt,
  }
}

export function toTestJson(outcome: SendOutcome): z.infer<typeof NotificationTestAnswer> {
  if (outcome.kind === 'sent') return { outcome: 'sent', problem: null }
  return { outcome: outcome.kind === 'later' ? 'failed' : outcome.kind, problem: outcome.problem }
}
