import { runCall, type Call } from '../../../infra/db/commands.ts'
import type { Webhook } from '../domain/webhook.ts'
import type { Events } from '../events.ts'
import { enableWebhook as queryEnable } from '../queries/webhooks.ts'
import { unknownWebhook } from './refusals.ts'

/** Has a webhook told again from the event on that it did not take, at once; harmless for one that is being told. */
export function enableWebhook(
  deps: Pick<Events, 'db' | 'workspaceId' | 'answers'>,
  call: Call<{ webhookId: string }>,
): Promise<Webhook> {
  return runCall(deps, call, async (tx) => {
    const [webhook] = await tx.run(queryEnable(deps.workspaceId, call.input.webhookId))
    if (webhook === undefined) throw unknownWebhook(call.input.webhookId)
    return { result: webhook, changed: [] }
  })
}
