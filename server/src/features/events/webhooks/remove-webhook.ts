import { runCall, type Call } from '../../../infra/db/commands.ts'
import type { Webhook } from '../domain/webhook.ts'
import type { Events } from '../events.ts'
import { deleteWebhook } from '../queries/webhooks.ts'
import { unknownWebhook } from './refusals.ts'

/** Takes a webhook away, with what is known of its deliveries, and answers with what it was. */
export function removeWebhook(
  deps: Pick<Events, 'db' | 'workspaceId' | 'answers'>,
  call: Call<{ webhookId: string }>,
): Promise<Webhook> {
  return runCall(deps, call, async (tx) => {
    const [webhook] = await tx.run(deleteWebhook(deps.workspaceId, call.input.webhookId))
    if (webhook === undefined) throw unknownWebhook(call.input.webhookId)
    return { result: webhook, changed: [] }
  })
}
