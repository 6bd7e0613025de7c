import type { Tx } from '../../infra/db/database.ts'
import { compareIds } from '../../shared/ids.ts'
import { positionOf, type Roster } from '../../shared/roster.ts'
import {
  holdMembership,
  listRosters,
  listTeamsOfUsers,
  lockLimits,
  lockRosters,
  lockRotations,
  type LockedTeam,
} from '../people/index.ts'
import type { TeamState } from './domain/decide.ts'
import type { Decision } from './domain/decision.ts'
import type { TentativeCount } from './open-reviews.ts'
import { countOpenReviews } from './queries/pull-requests.ts'
import type { Deciding } from './reviews.ts'

/** A roster this process knew is no longer so. The transaction is run again, as after a serialisation failure. */
class StaleRosterError extends Error {
  override readonly name = 'StaleRosterError'
  readonly code = '40001'
}

/**
 * The team each user is in; absent for unknown users. What this process remembers is good enough at first; when that
 * turns out to be stale, the transaction runs again, and then everybody is looked up and stays where they are.
 */
export async function locateUsers(
  { workspaceId, rosters }: Pick<Deciding, 'workspaceId' | 'rosters'>,
  tx: Tx,
  userIds: readonly string[],
): Promise<Map<string, string>> {
  const located = new Map<string, string>()
  for (const userId of tx.attempt === 1 ? userIds : []) {
    const teamName = rosters.teamOf(userId)
    if (teamName !== undefined) located.set(userId, teamName)
  }
  const unknown = userIds.filter((userId) => !located.has(userId))
  if (unknown.length === 0) return located
  const [, found] = await Promise.all([tx.run(holdMembership(workspaceId)), listTeamsOfUsers(tx, workspaceId, unknown)])
  return new Map([...located, ...found])
}

/**
 * Teams whose rosters and turns this transaction holds or assumes, seen in the middle of a batch: loads and turns include
 * what the batch has decided so far.
 */
export class HeldTeams {
  readonly #teams: Map<string, TeamState>
  readonly #counted: TentativeCount
  /** Of whoever has a cap: not what this process remembers, which may be behind, but what nobody else can add to now. */
  readonly #capped: Map<string, number>
  readonly #turns = new Map<string, string>()

  constructor(
    counted: TentativeCount,
    rosters: readonly Roster[],
    lastInRotation: ReadonlyMap<string, string | null> = new Map(),
    capped: ReadonlyMap<string, number> = new Map(),
  ) {
    this.#counted = counted
    this.#capped = new Map(capped)
    this.#teams = new Map(
      rosters.map((roster) => [
        roster.teamName,
        {
          roster,
          lastInRotation: lastInRotation.get(roster.teamName) ?? null,
          openReviewsAt: this.#openReviewsAt(roster),
        },
      ]),
    )
  }

  #openReviewsAt(roster: Roster): TeamState['openReviewsAt'] {
    const remembered = this.#counted.openReviews.openReviewsAt(roster)
    if (this.#capped.size === 0) return remembered
    return (position) => this.#capped.get(roster.members[position]!.userId) ?? remembered(position)
  }

  #countCapped(userId: string, difference: number): void {
    const count = this.#capped.get(userId)
    if (count !== undefined) this.#capped.set(userId, count + difference)
  }

  find(teamName: string | undefined): TeamState | undefined {
    return teamName === undefined ? undefined : this.#teams.get(teamName)
  }

  get rosters(): Roster[] {
    return [...this.#teams.values()].map(({ roster }) => roster)
  }

  team(teamName: string): TeamState {
    const team = this.#teams.get(teamName)
    if (team === undefined) throw new Error(`The transaction does not hold ${teamName}`)
    return team
  }

  /** `movesTurn`: whether it was the turn that said who; out of turn, it stays where it is. */
  include(decision: Decision, effort = 1, movesTurn = true): void {
    this.#counted.add(decision, effort)
    for (const userId of decision.assignedIds) this.#countCapped(userId, 1)
    if (decision.replacedId !== null) this.#countCapped(decision.replacedId, -1)
    const last = decision.assignedIds.at(-1)
    const team = this.#teams.get(decision.teamName)
    if (!movesTurn || decision.policy !== 'round-robin' || last === undefined || team === undefined) return
    this.#teams.set(decision.teamName, { ...team, lastInRotation: last })
    this.#turns.set(decision.teamName, last)
  }

  /** Whose turn came last in the teams where the batch moved it. */
  get turns(): ReadonlyMap<string, string> {
    return this.#turns
  }
}

/**
 * The teams of these names as this process remembers them, held by nobody: what is decided on them must be written on the
 * condition that their rosters are still of that version. Absent where memory does not do: an unknown roster, figures that
 * are behind, or a turn or a cap that only the database knows.
 */
export function assumeTeams(
  deps: Deciding,
  teamNames: Iterable<string | undefined>,
  counted: TentativeCount,
): HeldTeams {
  const rosters = [...new Set(teamNames)].flatMap((teamName) => {
    const roster = teamName === undefined ? undefined : deps.rosters.get(teamName)
    const isEnough =
      roster !== undefined &&
      roster.policy !== 'round-robin' &&
      deps.openReviews.isFresh(roster.teamName) &&
      cappedIdsOf(roster).length === 0
    return isEnough ? [roster] : []
  })
  return new HeldTeams(counted, rosters)
}

/**
 * Holds the teams of the located users until the transaction ends, so that nobody in them can be switched off or moved
 * meanwhile. When one of the users is in their team no more, the transaction is run again.
 */
export async function holdTeams(
  deps: Deciding,
  tx: Tx,
  teamOf: ReadonlyMap<string, string>,
  counted: TentativeCount,
): Promise<HeldTeams> {
  const held = await holdTeamsNamed(deps, tx, [...new Set(teamOf.values())], counted)
  requireMembers(held.rosters, teamOf)
  return held
}

/** `holdTeams` by the names of the teams. */
export async function holdTeamsNamed(
  deps: Deciding,
  tx: Tx,
  names: readonly string[],
  counted: TentativeCount,
): Promise<HeldTeams> {
  if (names.length === 0) return new HeldTeams(counted, [])
  const [locked, rotations] = await Promise.all([
    tx.run(lockRosters(deps.workspaceId, names)),
    tx.run(lockRotations(deps.workspaceId, names)),
  ])
  const rosters = await readRosters(deps, tx, locked)
  await countStale(deps, tx, rosters)
  const capped = await countCapped(deps, tx, rosters)
  const lastInRotation = new Map(rotations.map((turn) => [turn.teamName, turn.lastUserId]))
  return new HeldTeams(counted, rosters, lastInRotation, capped)
}

async function readRosters(
  { workspaceId, rosters }: Deciding,
  tx: Tx,
  locked: readonly LockedTeam[],
): Promise<Roster[]> {
  const known = locked.flatMap((team) => {
    const roster = rosters.get(team.teamName)
    return roster?.version === team.version ? [roster] : []
  })
  const knownNames = new Set(known.map(({ teamName }) => teamName))
  const stale = locked.filter(({ teamName }) => !knownNames.has(teamName))
  if (stale.length === 0) return known
  const read = await listRosters(tx, workspaceId, stale)
  for (const roster of read) rosters.keep(roster)
  return [...known, ...read]
}

async function countStale({ workspaceId, openReviews }: Deciding, tx: Tx, rosters: readonly Roster[]): Promise<void> {
  const stale = rosters.filter(({ teamName }) => !openReviews.isFresh(teamName))
  if (stale.length === 0) return
  const userIds = stale.flatMap(({ members }) => members.map(({ userId }) => userId))
  const counts = await countOpenReviews(tx, workspaceId, userIds)
  for (const { teamName, members } of stale) {
    openReviews.replace(
      teamName,
      members.map(({ userId }) => userId),
      counts,
    )
  }
}

/**
 * Counts the open reviews of whoever has a cap, and holds those counts until the transaction ends: everybody who is about to give such
 * a person a review holds the same row, so that no two of them count on the same room.
 */
async function countCapped(
  { workspaceId, openReviews }: Deciding,
  tx: Tx,
  rosters: readonly Roster[],
): Promise<Map<string, number>> {
  const cappedIds = rosters.flatMap(cappedIdsOf).toSorted(compareIds)
  if (cappedIds.length === 0) return new Map()
  const [, counts] = await Promise.all([
    tx.run(lockLimits(workspaceId, cappedIds)),
    countOpenReviews(tx, workspaceId, cappedIds),
  ])
  openReviews.correct(cappedIds, counts)
  return new Map(cappedIds.map((userId) => [userId, counts.get(userId) ?? 0]))
}

function cappedIdsOf({ traits }: Roster): string[] {
  if (traits.size === 0) return []
  return [...traits].filter(([, { maxOpenReviews }]) => maxOpenReviews !== null).map(([userId]) => userId)
}

function requireMembers(held: readonly Roster[], teamOf: ReadonlyMap<string, string>): void {
  const byName = new Map(held.map((roster) => [roster.teamName, roster]))
  const left = [...teamOf].filter(([userId, teamName]) => {
    const roster = byName.get(teamName)
    return roster === undefined || positionOf(roster, userId) === -1
  })
  if (left.length === 0) return
  throw new StaleRosterError(left.map(([userId, teamName]) => `${userId} has left ${teamName}`).join(', '))
}
