import { runCall, type Call } from '../../../infra/db/commands.ts'
import { lastEventNumber } from '../../../infra/events/event-log.ts'
import { actorLabel } from '../../../shared/actor.ts'
import { AppError } from '../../../shared/errors.ts'
import type { Webhook } from '../domain/webhook.ts'
import type { Events } from '../events.ts'
import { countWebhooks, insertWebhook } from '../queries/webhooks.ts'
import { newSecret } from './signature.ts'

export type WebhookShape = Pick<Webhook, 'url' | 'types' | 'teamName' | 'batchSize'> & { webhookId: string | null }

const MAX_WEBHOOKS = 100

/** Has an endpoint told of what happens from now on. The secret is shown this once. */
export function addWebhook(
  deps: Pick<Events, 'db' | 'workspaceId' | 'answers'>,
  call: Call<WebhookShape>,
): Promise<{ webhook: Webhook; secret: string }> {
  const { workspaceId } = deps
  const webhookId = call.input.webhookId ?? crypto.randomUUID()
  return runCall(deps, call, async (tx) => {
    const [known, sequence] = await Promise.all([countWebhooks(tx, workspaceId), lastEventNumber(tx)])
    if (known >= MAX_WEBHOOKS) throw tooMany()
    const secret = newSecret()
    const actor = actorLabel(call.actor)
    const [webhook] = await tx.run(insertWebhook(workspaceId, { ...call.input, webhookId, secret, actor, sequence }))
    if (webhook === undefined) throw isThere(webhookId)
    return { result: { webhook, secret }, changed: [] }
  })
}

function isThere(webhookId: string): AppError {
  return new AppError('conflict', 'WEBHOOK_EXISTS', `There is a webhook ${JSON.stringify(webhookId)} already.`)
}

function tooMany(): AppError {
  return new AppError('conflict', 'TOO_MANY_WEBHOOKS', `There are ${MAX_WEBHOOKS} webhooks already.`)
}
