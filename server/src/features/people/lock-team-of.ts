import type { Tx } from '../../infra/db/database.ts'
import { holdMembership, lockTeamsOfUsers, type LockedTeam } from './queries/rosters.ts'
import { unknownUser } from './refusals.ts'

/** The member's present team, held for change until the transaction ends; nobody changes teams meanwhile. */
export async function lockTeamOf(tx: Tx, workspaceId: number, userId: string): Promise<LockedTeam> {
  const [, [team]] = await Promise.all([
    tx.run(holdMembership(workspaceId)),
    tx.run(lockTeamsOfUsers(workspaceId, [userId])),
  ])
  if (team === undefined) throw unknownUser(userId)
  return team
}
