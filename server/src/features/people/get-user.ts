import type { Context } from '../../context.ts'
import { createReader, type Reader } from '../../infra/batch/reader.ts'
import type { Actor } from '../../shared/actor.ts'
import type { User } from './domain/team.ts'
import type { People } from './people.ts'
import { findUsers } from './queries/users.ts'
import { unknownUser } from './refusals.ts'

export type UserReader = Reader<User>

export function userReader(
  { db, workspaceId }: Pick<Context, 'db' | 'workspaceId'>,
  batching: Context['batching'],
): UserReader {
  return createReader((ids) => findUsers(db, workspaceId, ids), batching)
}

export async function getUser(
  { users }: Pick<People, 'users'>,
  _actor: Actor,
  { userId }: { userId: string },
): Promise<User> {
  const user = await users.submit(userId)
  if (user === undefined) throw unknownUser(userId)
  return user
}
