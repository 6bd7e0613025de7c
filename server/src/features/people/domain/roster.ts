export const reviewPolicies = ['random', 'round-robin', 'least-loaded'] as const
export type ReviewPolicy = (typeof reviewPolicies)[number]

export type RosterMember = { userId: string; isActive: boolean }

/** Who is in a team and may be asked, at one version. `members` and `activeIds` are in the order of `compareIds`. */
export type Roster = {
  teamName: string
  version: number
  policy: ReviewPolicy
  reviewersWanted: number
  members: readonly RosterMember[]
  activeIds: readonly string[]
}

export function activeIdsOf(members: readonly RosterMember[]): string[] {
  return members.filter((member) => member.isActive).map((member) => member.userId)
}

/** The roster after these members were switched: one version later, or the same when nobody was. */
export function withSwitched(roster: Roster, flags: ReadonlyMap<string, boolean>): Roster {
  return flags.size === 0 ? roster : withActiveFlags(roster, roster.version + 1, flags)
}

/** The roster at a version in which some members were switched on or off. */
export function withActiveFlags(roster: Roster, version: number, flags: ReadonlyMap<string, boolean>): Roster {
  const members = roster.members.map((member) => {
    const isActive = flags.get(member.userId)
    return isActive === undefined ? member : { userId: member.userId, isActive }
  })
  return { ...roster, version, members, activeIds: activeIdsOf(members) }
}
