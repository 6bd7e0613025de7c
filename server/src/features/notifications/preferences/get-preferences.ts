import type { Executor } from '../../../infra/db/database.ts'
import type { Actor } from '../../../shared/actor.ts'
import { unknownUser } from '../../people/index.ts'
import { mannerOf, noWishes, type Manner, type Wishes } from '../domain/preferences.ts'
import type { Notifications } from '../notifications.ts'
import { listChannels, type StoredChannel } from '../queries/channels.ts'
import { findWishes } from '../queries/preferences.ts'

export type Preferences = {
  userId: string
  channels: readonly StoredChannel[]
  own: Wishes
  /** With what the team says where the person does not. */
  manner: Manner
}

/** How somebody wants to be told, and how they are told. */
export function getPreferences(
  { db, workspaceId }: Pick<Notifications, 'db' | 'workspaceId'>,
  _actor: Actor,
  { userId }: { userId: string },
): Promise<Preferences> {
  return readPreferences(db, workspaceId, userId)
}

export async function readPreferences(executor: Executor, workspaceId: number, userId: string): Promise<Preferences> {
  const [found, channels] = await Promise.all([
    findWishes(executor, workspaceId, userId),
    listChannels(executor, workspaceId, { audience: 'user', recipientId: userId }),
  ])
  if (found === undefined) throw unknownUser(userId)
  const { teamName: _, teamDefaults, workZone, ...own } = found
  return { userId, channels, own, manner: mannerOf(own, teamDefaults ?? noWishes, workZone) }
}
