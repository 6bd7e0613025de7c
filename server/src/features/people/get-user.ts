import type { Actor } from '../../shared/actor.ts'
import type { User } from './domain/team.ts'
import type { People } from './people.ts'
import { findUser } from './queries/users.ts'
import { unknownUser } from './refusals.ts'

export async function getUser(
  { db, workspaceId }: Pick<People, 'db' | 'workspaceId'>,
  _actor: Actor,
  { userId }: { userId: string },
): Promise<User> {
  const user = await findUser(db, workspaceId, userId)
  if (user === undefined) throw unknownUser(userId)
  return user
}
