import type { Executor } from '../../infra/db/database.ts'
import type { Actor } from '../../shared/actor.ts'
import type { Absence, Member } from './domain/member.ts'
import type { People } from './people.ts'
import { listAbsences } from './queries/absences.ts'
import { findMember } from './queries/members.ts'
import { unknownUser } from './refusals.ts'

/** Above what one person may have, by hand and by calendar together. */
const ALL_ABSENCES = 5000

/** A member with all that bounds how they may be asked, and the absences that are not over. */
export async function getMember(
  { db, workspaceId }: Pick<People, 'db' | 'workspaceId'>,
  _actor: Actor,
  { userId }: { userId: string },
): Promise<Member & { absences: readonly Absence[] }> {
  const [member, absences] = await Promise.all([
    requireMember(db, workspaceId, userId),
    listAbsences(db, workspaceId, { userId, teamName: null, from: null }, { after: null, limit: ALL_ABSENCES }),
  ])
  return { ...member, absences }
}

export async function requireMember(executor: Executor, workspaceId: number, userId: string): Promise<Member> {
  const member = await findMember(executor, workspaceId, userId)
  if (member === undefined) throw unknownUser(userId)
  return member
}
