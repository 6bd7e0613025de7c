import { decodeCursor, pageOf, type Page } from '../../infra/db/keyset.ts'
import type { Actor } from '../../shared/actor.ts'
import type { TeamSummary } from './domain/team.ts'
import type { People } from './people.ts'
import { listTeams as queryTeams } from './queries/teams.ts'

/** Teams by name, a page at a time. */
export async function listTeams(
  { db, workspaceId }: Pick<People, 'db' | 'workspaceId'>,
  _actor: Actor,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<TeamSummary>> {
  const [after = null] = decodeCursor(cursor, 1) ?? []
  const teams = await queryTeams(db, workspaceId, { after, limit: limit + 1 })
  return pageOf(teams, limit, (team) => [team.teamName])
}
