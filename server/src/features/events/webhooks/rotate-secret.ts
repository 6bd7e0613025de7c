import { runCall, type Call } from '../../../infra/db/commands.ts'
import type { Webhook } from '../domain/webhook.ts'
import type { Events } from '../events.ts'
import { updateSecret } from '../queries/webhooks.ts'
import { unknownWebhook } from './refusals.ts'
import { newSecret } from './signature.ts'

const OLD_SIGNS_HOURS = 24

/** Gives a webhook another secret, shown this once; for a day the old one signs too. */
export function rotateSecret(
  deps: Pick<Events, 'db' | 'workspaceId' | 'answers'>,
  call: Call<{ webhookId: string }>,
): Promise<{ webhook: Webhook; secret: string }> {
  return runCall(deps, call, async (tx) => {
    const secret = newSecret()
    const [webhook] = await tx.run(updateSecret(deps.workspaceId, call.input.webhookId, secret, OLD_SIGNS_HOURS))
    if (webhook === undefined) throw unknownWebhook(call.input.webhookId)
    return { result: { webhook, secret }, changed: [] }
  })
}
