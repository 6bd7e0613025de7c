import type { Actor } from '../../shared/actor.ts'
import type { Team } from './domain/team.ts'
import type { People } from './people.ts'
import { findTeam } from './queries/teams.ts'
import { unknownTeam } from './refusals.ts'

export async function getTeam(
  { db, workspaceId }: Pick<People, 'db' | 'workspaceId'>,
  _actor: Actor,
  { teamName }: { teamName: string },
): Promise<Team> {
  const team = await findTeam(db, workspaceId, teamName)
  if (team === undefined) throw unknownTeam(teamName)
  return team
}
