import { runCall, type Call } from '../../infra/db/commands.ts'
import type { TeamSettings } from '../../shared/roster.ts'
import type { TeamPolicy } from './domain/team.ts'
import type { People } from './people.ts'
import { updatePolicy } from './queries/teams.ts'
import { unknownTeam } from './refusals.ts'

export type PolicyChange = { teamName: string; settings: Partial<TeamSettings> }

/** Sets how a team's reviewers are chosen and how many; what is left out stays as it is. */
export function setPolicy(
  deps: Pick<People, 'db' | 'workspaceId' | 'answers' | 'rosters'>,
  call: Call<PolicyChange>,
): Promise<TeamPolicy> {
  const { teamName, settings } = call.input
  return runCall(deps, call, async (tx) => {
    const [team] = await tx.run(updatePolicy(deps.workspaceId, teamName, settings))
    if (team === undefined) throw unknownTeam(teamName)
    const { version: _, ...result } = team
    return { result, changed: [], afterCommit: () => deps.rosters.drop(teamName) }
  })
}
