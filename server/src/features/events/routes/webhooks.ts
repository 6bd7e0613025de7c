import { callOf, command, question, type Api } from '../../../infra/http/api.ts'
import { DEFAULT_PAGE_SIZE } from '../../../infra/http/schemas.ts'
import type { Events } from '../events.ts'
import { addWebhook } from '../webhooks/add-webhook.ts'
import { enableWebhook } from '../webhooks/enable-webhook.ts'
import { listDeliveries } from '../webhooks/list-deliveries.ts'
import { listWebhooks } from '../webhooks/list-webhooks.ts'
import { redeliver } from '../webhooks/redeliver.ts'
import { removeWebhook } from '../webhooks/remove-webhook.ts'
import { rotateSecret } from '../webhooks/rotate-secret.ts'
import * as schemas from '../webhooks/schemas.ts'

const tag = 'Webhooks'
const unknown = { 404: 'NOT_FOUND' }

const addWebhookRoute = command({
  path: '/webhook/add',
  operationId: 'addWebhook',
  tag,
  summary: 'Have an endpoint of yours told of what happens from now on',
  description: 'Signed as Standard Webhooks are, in order, retried for a day: docs/events.md.',
  request: schemas.NewWebhookSchema,
  success: { status: 201, schema: schemas.SecretAnswer, description: 'The webhook, and the secret it is signed with' },
  refusals: { 409: 'WEBHOOK_EXISTS, TOO_MANY_WEBHOOKS' },
})

const removeWebhookRoute = command({
  path: '/webhook/remove',
  operationId: 'removeWebhook',
  tag,
  summary: 'Take a webhook away',
  request: schemas.WebhookIdSchema,
  success: { status: 200, schema: schemas.WebhookAnswer, description: 'What it was' },
  refusals: unknown,
})

const rotateSecretRoute = command({
  path: '/webhook/rotateSecret',
  operationId: 'rotateWebhookSecret',
  tag,
  summary: 'Give a webhook another secret',
  description: 'For 24 hours messages are signed with both.',
  request: schemas.WebhookIdSchema,
  success: { status: 200, schema: schemas.SecretAnswer, description: 'The webhook, and the secret from now on' },
  refusals: unknown,
})

const enableWebhookRoute = command({
  path: '/webhook/enable',
  operationId: 'enableWebhook',
  tag,
  summary: 'Have a disabled webhook told again, from where it stopped',
  request: schemas.WebhookIdSchema,
  success: { status: 200, schema: schemas.WebhookAnswer, description: 'The webhook' },
  refusals: unknown,
})

const redeliverRoute = command({
  path: '/webhook/redeliver',
  operationId: 'redeliverEvent',
  tag,
  summary: 'Tell a webhook of one event once more, now',
  description:
    'With an Idempotency-Key, a call repeated after its answer gets that answer, and the webhook is left alone.',
  request: schemas.RedeliverySchema,
  success: { status: 200, schema: schemas.DeliveryAnswer, description: 'How it went' },
  refusals: unknown,
})

const listWebhooksRoute = question({
  path: '/webhook/list',
  operationId: 'listWebhooks',
  tag,
  summary: 'Webhooks by id, a page at a time',
  request: schemas.WebhookListQuery,
  success: { status: 200, schema: schemas.WebhookListSchema, description: 'A page of webhooks' },
})

const listDeliveriesRoute = question({
  path: '/webhook/deliveries',
  operationId: 'listWebhookDeliveries',
  tag,
  summary: 'Attempts to tell a webhook, newest first, a page at a time',
  request: schemas.DeliveryListQuery,
  success: { status: 200, schema: schemas.DeliveryListSchema, description: 'A page of deliveries' },
  refusals: unknown,
})

export function addWebhookRoutes(api: Api, events: Events): void {
  api.openapi(addWebhookRoute, async (c) => {
    const { webhook, secret } = await addWebhook(events, callOf(c, schemas.fromWebhookJson(c.req.valid('json'))))
    return c.json({ webhook: schemas.toWebhookJson(webhook), secret }, 201)
  })
  api.openapi(removeWebhookRoute, async (c) => {
    const webhook = await removeWebhook(events, callOf(c, { webhookId: c.req.valid('json').webhook_id }))
    return c.json({ webhook: schemas.toWebhookJson(webhook) }, 200)
  })
  api.openapi(rotateSecretRoute, async (c) => {
    const { webhook, secret } = await rotateSecret(events, callOf(c, { webhookId: c.req.valid('json').webhook_id }))
    return c.json({ webhook: schemas.toWebhookJson(webhook), secret }, 200)
  })
  api.openapi(enableWebhookRoute, async (c) => {
    const webhook = await enableWebhook(events, callOf(c, { webhookId: c.req.valid('json').webhook_id }))
    return c.json({ webhook: schemas.toWebhookJson(webhook) }, 200)
  })
  api.openapi(redeliverRoute, async (c) => {
    const { webhook_id: webhookId, event_id: eventId } = c.req.valid('json')
    const delivery = await redeliver(events, callOf(c, { webhookId, eventId }))
    return c.json({ delivery: schemas.toDeliveryJson(delivery) }, 200)
  })
  api.openapi(listWebhooksRoute, async (c) => {
    const { cursor, limit = DEFAULT_PAGE_SIZE } = c.req.valid('query')
    const page = await listWebhooks(events, c.env.actor, { cursor, limit })
    return c.json({ webhooks: page.rows.map(schemas.toWebhookJson), next_cursor: page.nextCursor }, 200)
  })
  api.openapi(listDeliveriesRoute, async (c) => {
    const { webhook_id: webhookId, cursor, limit = DEFAULT_PAGE_SIZE } = c.req.valid('query')
    const page = await listDeliveries(events, c.env.actor, { webhookId, cursor, limit })
    return c.json({ deliveries: page.rows.map(schemas.toDeliveryJson), next_cursor: page.nextCursor }, 200)
  })
}
