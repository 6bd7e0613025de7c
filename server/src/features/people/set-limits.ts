import { runCall, type Call } from '../../infra/db/commands.ts'
import type { Limits } from './domain/member.ts'
import { requireMember } from './get-member.ts'
import { lockTeamOf } from './lock-team-of.ts'
import type { People } from './people.ts'
import { upsertLimits } from './queries/members.ts'
import { raiseVersion } from './queries/rosters.ts'

export type LimitChange = { userId: string; limits: Partial<Limits> }

/** Sets how somebody may be asked; what is left out stays as it is. Open reviews stay where they are. */
export function setLimits(
  deps: Pick<People, 'db' | 'workspaceId' | 'answers' | 'rosters'>,
  call: Call<LimitChange>,
): Promise<Limits & { userId: string }> {
  const { workspaceId } = deps
  const { userId } = call.input
  return runCall(deps, call, async (tx) => {
    const { teamName } = await lockTeamOf(tx, workspaceId, userId)
    const before = await requireMember(tx, workspaceId, userId)
    const limits = { ...before.limits, ...call.input.limits }
    await Promise.all([tx.run(upsertLimits(workspaceId, userId, limits)), tx.run(raiseVersion(workspaceId, teamName))])
    return { result: { userId, ...limits }, changed: [], afterCommit: () => deps.rosters.drop(teamName) }
  })
}
