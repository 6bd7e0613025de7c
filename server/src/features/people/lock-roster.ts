import type { Tx } from '../../infra/db/database.ts'
import type { Roster } from '../../shared/roster.ts'
import { listRosters, lockTeam } from './queries/rosters.ts'
import { unknownTeam } from './refusals.ts'

/** A team's roster, held for change until the transaction ends. Throws when there is no such team. */
export async function lockRoster(tx: Tx, workspaceId: number, teamName: string): Promise<Roster> {
  const locked = await tx.run(lockTeam(workspaceId, teamName))
  const [roster] = await listRosters(tx, workspaceId, locked)
  if (roster === undefined) throw unknownTeam(teamName)
  return roster
}
