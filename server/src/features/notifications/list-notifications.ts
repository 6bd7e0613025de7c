import { decodeCursor, pageOf, refuseCursor, type Page } from '../../infra/db/keyset.ts'
import type { Actor } from '../../shared/actor.ts'
import type { Notification, Recipient } from './domain/notification.ts'
import type { Notifications } from './notifications.ts'
import { listNotifications as queryNotifications } from './queries/notifications.ts'

type Ask = { recipient: Recipient; cursor?: string | undefined; limit: number }

/** What somebody was told, or is to be told, newest first, a page at a time. */
export async function listNotifications(
  { db, workspaceId }: Pick<Notifications, 'db' | 'workspaceId'>,
  _actor: Actor,
  { recipient, cursor, limit }: Ask,
): Promise<Page<Notification>> {
  const [before] = decodeCursor(cursor, 1) ?? []
  if (before !== undefined && !/^\d{1,15}$/.test(before)) throw refuseCursor()
  const place = before === undefined ? null : Number(before)
  const rows = await queryNotifications(db, workspaceId, recipient, { before: place, limit: limit + 1 })
  return pageOf(rows, limit, ({ notificationId }) => [String(notificationId)])
}
