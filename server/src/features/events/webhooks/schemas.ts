import { nextCursorField, pageFields, textField, z } from '../../../infra/http/schemas.ts'
import { eventTypes } from '../domain/event.ts'
import type { Delivery, Webhook } from '../domain/webhook.ts'
import type { WebhookShape } from './add-webhook.ts'

const webhookId = textField('build-bot')
const eventType = z.enum(eventTypes).openapi({ example: 'reviewer.assigned' })
const batchSize = z.int().min(1, 'must be from 1 to 100').max(100, 'must be from 1 to 100').openapi({
  description:
    'Up to so many events come together, as a JSON array (application/cloudevents-batch+json); without it each by itself.',
  example: 100,
})
const time = z.string().openapi({ example: '2026-11-21T09:45:12.123456Z' })
const secret = z
  .string()
  .openapi({ description: 'Shown this once.', example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })

export const NewWebhookSchema = z
  .strictObject({
    webhook_id: webhookId.optional(),
    url: z
      .url({ protocol: /^https?$/, error: 'must be a URL of http or https' })
      .max(2000, 'must have at most 2000 characters')
      .refine((url) => !holdsUser(url), 'must hold no user or password')
      .openapi({ example: 'https://bot.example/tandem' }),
    types: z.array(eventType).max(eventTypes.length, 'names a type twice').optional(),
    team_name: textField('payments').optional(),
    batch_size: batchSize.optional(),
  })
  .openapi('NewWebhook')

export const WebhookIdSchema = z.strictObject({ webhook_id: webhookId }).openapi('WebhookId')

export const RedeliverySchema = z
  .strictObject({ webhook_id: webhookId, event_id: textField('1042.1763718312123456') })
  .openapi('Redelivery')

export const WebhookSchema = z
  .object({
    webhook_id: webhookId,
    url: z.string().openapi({ example: 'https://bot.example/tandem' }),
    types: z.array(z.string()).openapi({ description: 'Empty for all.', example: ['reviewer.assigned'] }),
    team_name: z.string().nullable().openapi({ example: 'payments' }),
    batch_size: batchSize.nullable(),
    status: z.enum(['ACTIVE', 'DISABLED']),
    failures: z.int().openapi({ description: 'Attempts in vain to tell it of the event it is at.', example: 0 }),
    failing_since: time.nullable(),
    problem: z.string().nullable().openapi({ example: 'it answers with status 500' }),
    next_attempt_at: time,
    added_at: time,
  })
  .openapi('Webhook')

export const WebhookAnswer = z.object({ webhook: WebhookSchema })
export const SecretAnswer = z.object({ webhook: WebhookSchema, secret })

const DeliverySchema = z
  .object({
    event_id: z.string().openapi({ example: '1042.1763718312123456' }),
    type: z.string().openapi({ example: 'reviewer.assigned' }),
    event_count: z
      .int()
      .openapi({ description: 'Events that were sent together: `event_id` and `type` are of the first.', example: 1 }),
    attempt: z.int().openapi({ example: 1 }),
    is_redelivery: z.boolean().openapi({ example: false }),
    http_status: z.int().nullable().openapi({ example: 200 }),
    problem: z.string().nullable().openapi({ description: 'Null where it was taken.', example: null }),
    duration_ms: z.int().openapi({ example: 31 }),
    attempted_at: time,
  })
  .openapi('WebhookDelivery')

export const DeliveryAnswer = z.object({ delivery: DeliverySchema })
export const WebhookListQuery = z.strictObject(pageFields)
export const WebhookListSchema = z.object({ webhooks: z.array(WebhookSchema), next_cursor: nextCursorField })
export const DeliveryListQuery = z.strictObject({ webhook_id: webhookId, ...pageFields })
export const DeliveryListSchema = z.object({ deliveries: z.array(DeliverySchema), next_cursor: nextCursorField })

function holdsUser(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.username + url.password !== ''
}

export function fromWebhookJson(json: z.infer<typeof NewWebhookSchema>): WebhookShape {
  const { webhook_id, url, types = [], team_name, batch_size } = json
  return {
    webhookId: webhook_id ?? null,
    url,
    types: [...new Set(types)],
    teamName: team_name ?? null,
    batchSize: batch_size ?? null,
  }
}

export function toWebhookJson(webhook: Webhook): z.infer<typeof WebhookSchema> {
  return {
    webhook_id: webhook.webhookId,
    url: webhook.url,
    types: [...webhook.types],
    team_name: webhook.teamName,
    batch_size: webhook.batchSize,
    status: webhook.status,
    failures: webhook.failures,
    failing_since: webhook.failingSince,
    problem: webhook.problem,
    next_attempt_at: webhook.nextAttemptAt,
    added_at: webhook.addedAt,
  }
}

export function toDeliveryJson(delivery: Delivery): z.infer<typeof DeliverySchema> {
  return {
    event_id: delivery.eventId,
    type: delivery.type,
    event_count: delivery.eventCount,
    attempt: delivery.attempt,
    is_redelivery: delivery.isRedelivery,
    http_status: delivery.httpStatus,
    problem: delivery.problem,
    duration_ms: delivery.durationMs,
    attempted_at: delivery.attemptedAt,
  }
}
