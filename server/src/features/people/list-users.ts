import { decodeCursor, pageOf, type Page } from '../../infra/db/keyset.ts'
import type { Actor } from '../../shared/actor.ts'
import type { User } from './domain/team.ts'
import type { People } from './people.ts'
import { listUsers as queryUsers } from './queries/users.ts'

type UserFilter = { teamName: string | null; isActive: boolean | null; cursor?: string | undefined; limit: number }

/** Users by id, a page at a time. */
export async function listUsers(
  { db, workspaceId }: Pick<People, 'db' | 'workspaceId'>,
  _actor: Actor,
  { cursor, limit, ...filter }: UserFilter,
): Promise<Page<User>> {
  const [after = null] = decodeCursor(cursor, 1) ?? []
  const users = await queryUsers(db, workspaceId, { ...filter, after, limit: limit + 1 })
  return pageOf(users, limit, (user) => [user.userId])
}
