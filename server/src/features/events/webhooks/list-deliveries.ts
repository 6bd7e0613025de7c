import { decodeCursor, pageOf, refuseCursor, type Page } from '../../../infra/db/keyset.ts'
import type { Actor } from '../../../shared/actor.ts'
import type { Delivery } from '../domain/webhook.ts'
import type { Events } from '../events.ts'
import { listDeliveries as queryDeliveries } from '../queries/deliveries.ts'
import { findEndpoint } from '../queries/webhooks.ts'
import { unknownWebhook } from './refusals.ts'

type Ask = { webhookId: string; cursor?: string | undefined; limit: number }

/** Attempts to tell a webhook, newest first, a page at a time. */
export async function listDeliveries(
  { db, workspaceId }: Pick<Events, 'db' | 'workspaceId'>,
  _actor: Actor,
  { webhookId, cursor, limit }: Ask,
): Promise<Page<Delivery>> {
  const [before] = decodeCursor(cursor, 1) ?? []
  if (before !== undefined && !/^\d{1,15}$/.test(before)) throw refuseCursor()
  const place = before === undefined ? null : Number(before)
  const rows = await queryDeliveries(db, workspaceId, webhookId, { before: place, limit: limit + 1 })
  const isKnown = rows.length > 0 || (await findEndpoint(db, workspaceId, webhookId)) !== undefined
  if (!isKnown) throw unknownWebhook(webhookId)
  return pageOf(rows, limit, ({ deliveryNumber }) => [String(deliveryNumber)])
}
