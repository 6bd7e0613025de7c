import { listRosters, listTeamsWithTurns } from '../people/index.ts'
import type { TeamState } from './domain/decide.ts'
import { countOpenReviews } from './queries/pull-requests.ts'
import type { Deciding } from './reviews.ts'

/**
 * Teams as they are now, by name, held by nobody: to tell what would be decided, not to decide. Nothing is kept, since a roster may
 * change between its version and its members.
 */
export async function readTeams(
  { db, workspaceId, rosters }: Pick<Deciding, 'db' | 'workspaceId' | 'rosters'>,
  teamNames: readonly string[],
): Promise<Map<string, TeamState>> {
  const found = await listTeamsWithTurns(db, workspaceId, teamNames)
  const known = found.flatMap(({ teamName, version }) => {
    const roster = rosters.get(teamName)
    return roster?.version === version ? [roster] : []
  })
  const knownNames = new Set(known.map(({ teamName }) => teamName))
  const unknown = found.filter(({ teamName }) => !knownNames.has(teamName)).map(({ lastUserId: _, ...team }) => team)
  const read = unknown.length === 0 ? [] : await listRosters(db, workspaceId, unknown)
  const all = [...known, ...read]
  const memberIds = all.flatMap(({ members }) => members.map(({ userId }) => userId))
  const counts = await countOpenReviews(db, workspaceId, memberIds)
  const turns = new Map(found.map(({ teamName, lastUserId }) => [teamName, lastUserId]))
  return new Map(
    all.map((roster) => [
      roster.teamName,
      {
        roster,
        lastInRotation: turns.get(roster.teamName) ?? null,
        openReviewsAt: (position) => counts.get(roster.members[position]!.userId) ?? 0,
      },
    ]),
  )
}
