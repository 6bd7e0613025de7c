import { runCall, type Call } from '../../../infra/db/commands.ts'
import { findUsers, unknownUser } from '../../people/index.ts'
import type { Wishes } from '../domain/preferences.ts'
import type { Notifications } from '../notifications.ts'
import { lockWishes, updateWishes } from '../queries/preferences.ts'
import { changeChannels, type WantedChannel } from './channels.ts'
import { readPreferences, type Preferences } from './get-preferences.ts'

/** What is left out stays as it is. */
export type PreferenceChange = {
  userId: string
  channels: readonly WantedChannel[] | null
  wishes: Partial<Wishes>
}

/** Sets how somebody wants to be told, from what happens next on. */
export function setPreferences(
  deps: Pick<Notifications, 'db' | 'workspaceId' | 'answers' | 'outlets'>,
  call: Call<PreferenceChange>,
): Promise<Preferences & { newSecret: string | null }> {
  const { workspaceId } = deps
  const { userId, channels, wishes } = call.input
  return runCall(deps, call, async (tx) => {
    if (!(await findUsers(tx, workspaceId, [userId])).has(userId)) throw unknownUser(userId)
    const before = await lockWishes(tx, workspaceId, userId)
    await tx.run(updateWishes(workspaceId, userId, { ...before, ...wishes }))
    const { newSecret } = await changeChannels(tx, deps, { audience: 'user', recipientId: userId }, channels)
    return { result: { ...(await readPreferences(tx, workspaceId, userId)), newSecret }, changed: [] }
  })
}
