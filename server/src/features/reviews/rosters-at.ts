import type { Executor } from '../../infra/db/database.ts'
import type { RosterMember } from '../../shared/roster.ts'
import { listRosterAt } from '../people/index.ts'
import type { MembersAt } from './domain/decision-record.ts'

const MAX_ROSTERS = 200

/** Reads rosters of past versions, each once as long as not too many others come between. */
export function rostersAt(executor: Executor, workspaceId: number): MembersAt {
  const known = new Map<string, readonly RosterMember[]>()
  return async (teamName, version) => {
    const key = `${version} ${teamName}`
    const members = known.get(key) ?? (await listRosterAt(executor, workspaceId, teamName, version))
    if (known.size >= MAX_ROSTERS) known.clear()
    known.set(key, members)
    return members
  }
}
