import type { Executor } from '../../../infra/db/database.ts'
import type { Actor } from '../../../shared/actor.ts'
import { unknownTeam } from '../../people/index.ts'
import { usualTeamWishes, type TeamWishes } from '../domain/preferences.ts'
import type { Notifications } from '../notifications.ts'
import { listChannels, type StoredChannel } from '../queries/channels.ts'
import { findTeamWishes, listTeamNamed } from '../queries/preferences.ts'

export type TeamPreferences = TeamWishes & { teamName: string; channels: readonly StoredChannel[] }

/** What a team is told as a whole, when its reviewers are reminded, and what holds for its members. */
export async function getTeamPreferences(
  { db, workspaceId }: Pick<Notifications, 'db' | 'workspaceId'>,
  _actor: Actor,
  { teamName }: { teamName: string },
): Promise<TeamPreferences> {
  await requireTeam(db, workspaceId, teamName)
  return readTeamPreferences(db, workspaceId, teamName)
}

export async function readTeamPreferences(
  executor: Executor,
  workspaceId: number,
  teamName: string,
): Promise<TeamPreferences> {
  const [wishes = usualTeamWishes, channels] = await Promise.all([
    findTeamWishes(executor, workspaceId, teamName),
    listChannels(executor, workspaceId, { audience: 'team', recipientId: teamName }),
  ])
  return { ...wishes, teamName, channels }
}

export async function requireTeam(executor: Executor, workspaceId: number, teamName: string): Promise<void> {
  const [team] = await executor.run(listTeamNamed(workspaceId, teamName))
  if (team === undefined) throw unknownTeam(teamName)
}
