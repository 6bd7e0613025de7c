import { hashText } from './hash.ts'
import { countUpTo } from './ids.ts'

export const reviewPolicies = ['random', 'round-robin', 'least-loaded'] as const
export type ReviewPolicy = (typeof reviewPolicies)[number]

export type RosterMember = { userId: string; isActive: boolean }

/** Who is in a team and may be asked, at one version. `members` are in the order of `compareIds`. */
export type Roster = {
  teamName: string
  version: number
  policy: ReviewPolicy
  reviewersWanted: number
  members: readonly RosterMember[]
  /** Where in `members` the active ones stand, ascending. */
  activePositions: readonly number[]
  /** 1 for each active member, else 0, as `members` stand. */
  flags: Uint8Array
  /** `hashText` of each member's id. The same array as long as nobody joins or leaves. */
  hashes: readonly number[]
}

export function createRoster(team: Omit<Roster, 'activePositions' | 'flags' | 'hashes'>): Roster {
  return {
    ...team,
    ...activityOf(team.members),
    hashes: team.members.map(({ userId }) => hashText(userId)),
  }
}

export function activeIdsOf({ members, activePositions }: Roster): string[] {
  return activePositions.map((position) => members[position]!.userId)
}

function activityOf(members: readonly RosterMember[]): Pick<Roster, 'activePositions' | 'flags'> {
  const flags = Uint8Array.from(members, ({ isActive }) => Number(isActive))
  const activePositions: number[] = []
  flags.forEach((flag, position) => {
    if (flag === 1) activePositions.push(position)
  })
  return { activePositions, flags }
}

/** The roster after these members were switched: one version later, or the same when nobody was. */
export function withSwitched(roster: Roster, flags: ReadonlyMap<string, boolean>): Roster {
  return flags.size === 0 ? roster : withActiveFlags(roster, roster.version + 1, flags)
}

/** The roster at a version in which some members were switched on or off. */
export function withActiveFlags(roster: Roster, version: number, flags: ReadonlyMap<string, boolean>): Roster {
  const members = [...roster.members]
  for (const [userId, isActive] of flags) {
    const position = positionOf(roster, userId)
    if (position !== -1) members[position] = { userId, isActive }
  }
  return { ...roster, version, members, ...activityOf(members) }
}

/** Where the member stands, or -1. */
export function positionOf({ members }: Roster, userId: string): number {
  const position = countUpTo(members, userId, (member) => member.userId) - 1
  return members[position]?.userId === userId ? position : -1
}
