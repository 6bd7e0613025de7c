import type { Actor } from '../../shared/actor.ts'
import type { TeamPolicy } from './domain/team.ts'
import type { People } from './people.ts'
import { findPolicy } from './queries/teams.ts'
import { unknownTeam } from './refusals.ts'

export async function getPolicy(
  { db, workspaceId }: Pick<People, 'db' | 'workspaceId'>,
  _actor: Actor,
  { teamName }: { teamName: string },
): Promise<TeamPolicy> {
  const team = await findPolicy(db, workspaceId, teamName)
  if (team === undefined) throw unknownTeam(teamName)
  return team
}
