import { decodeCursor, pageOf, type Page } from '../../../infra/db/keyset.ts'
import type { Actor } from '../../../shared/actor.ts'
import type { Webhook } from '../domain/webhook.ts'
import type { Events } from '../events.ts'
import { listWebhooks as queryWebhooks } from '../queries/webhooks.ts'

/** Webhooks by id, without their secrets, a page at a time. */
export async function listWebhooks(
  { db, workspaceId }: Pick<Events, 'db' | 'workspaceId'>,
  _actor: Actor,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<Webhook>> {
  const [after = null] = decodeCursor(cursor, 1) ?? []
  const rows = await queryWebhooks(db, workspaceId, { after, limit: limit + 1 })
  return pageOf(rows, limit, ({ webhookId }) => [webhookId])
}
