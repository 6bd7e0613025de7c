import { runCall, type Call } from '../../../infra/db/commands.ts'
import type { Tx } from '../../../infra/db/database.ts'
import { AppError } from '../../../shared/errors.ts'
import type { Reminders, TeamWishes, Wishes } from '../domain/preferences.ts'
import type { Notifications } from '../notifications.ts'
import { lockTeamWishes, updateTeamWishes } from '../queries/preferences.ts'
import { deleteWaitsOfTeam, insertWaitsOfTeam, renewWaitsOfTeam } from '../queries/waits.ts'
import { changeChannels, type WantedChannel } from './channels.ts'
import { readTeamPreferences, requireTeam, type TeamPreferences } from './get-team-preferences.ts'

/** What is left out stays as it is. */
export type TeamPreferenceChange = {
  teamName: string
  channels: readonly WantedChannel[] | null
  wishes: Partial<Omit<TeamWishes, 'memberDefaults'>>
  memberDefaults: Partial<Wishes>
}

/** Sets what a team is told, from what happens next on. Where reminders begin, reviews that are open now wait from now on. */
export function setTeamPreferences(
  deps: Pick<Notifications, 'db' | 'workspaceId' | 'answers' | 'outlets'>,
  call: Call<TeamPreferenceChange>,
): Promise<TeamPreferences & { newSecret: string | null }> {
  const { workspaceId } = deps
  const { teamName, channels, wishes, memberDefaults } = call.input
  return runCall(deps, call, async (tx) => {
    await requireTeam(tx, workspaceId, teamName)
    const before = await lockTeamWishes(tx, workspaceId, teamName)
    const after = { ...before, ...wishes, memberDefaults: { ...before.memberDefaults, ...memberDefaults } }
    requireLaterProposal(after)
    await tx.run(updateTeamWishes(workspaceId, teamName, after))
    await changeWaits(tx, workspaceId, teamName, before, after)
    const { newSecret } = await changeChannels(tx, deps, { audience: 'team', recipientId: teamName }, channels)
    return { result: { ...(await readTeamPreferences(tx, workspaceId, teamName)), newSecret }, changed: [] }
  })
}

async function changeWaits(
  tx: Tx,
  workspaceId: number,
  teamName: string,
  before: Reminders,
  after: Reminders,
): Promise<void> {
  const isSame = before.nudgeHours === after.nudgeHours && before.proposeHours === after.proposeHours
  if (isSame) return
  if (!wantsReminders(after)) await tx.run(deleteWaitsOfTeam(workspaceId, teamName))
  else if (wantsReminders(before)) await tx.run(renewWaitsOfTeam(workspaceId, teamName))
  else await tx.run(insertWaitsOfTeam(workspaceId, teamName))
}

function wantsReminders({ nudgeHours, proposeHours }: Reminders): boolean {
  return nudgeHours !== null || proposeHours !== null
}

function requireLaterProposal({ nudgeHours, proposeHours }: Reminders): void {
  if (nudgeHours === null || proposeHours === null || nudgeHours < proposeHours) return
  const message = 'reminders.propose_after_hours: must be more than nudge_after_hours.'
  throw new AppError('invalid', 'INVALID_REQUEST', message)
}
