import { hashText } from './hash.ts'
import { countUpTo } from './ids.ts'

export const reviewPolicies = ['random', 'round-robin', 'least-loaded', 'expertise'] as const
export type ReviewPolicy = (typeof reviewPolicies)[number]

/** What owners of the changed files are to a team: nothing, asked before others, or the only ones asked. */
export const ownersModes = ['off', 'prefer', 'require'] as const
export type OwnersMode = (typeof ownersModes)[number]

/** How far somebody has come as a reviewer of a team. */
export const rampLevels = ['newcomer', 'shadow', 'ramped'] as const
export type RampLevel = (typeof rampLevels)[number]

/** How a team's reviewers are chosen. */
export type TeamSettings = {
  policy: ReviewPolicy
  reviewersWanted: number
  /** How much the policy `expertise` minds that somebody reviewed much lately. */
  loadWeight: number
  ownersMode: OwnersMode
  /** Whether those who were chosen last come after all others. */
  avoidsRepeats: boolean
  /** At most this share of the pull requests gets a shadow beside its reviewers. */
  shadowBudget: number
  /** Decides beside `policy`, without acting. */
  trialPolicy: ReviewPolicy | null
}

export const defaultSettings: TeamSettings = {
  policy: 'least-loaded',
  reviewersWanted: 2,
  loadWeight: 1.2,
  ownersMode: 'off',
  avoidsRepeats: false,
  shadowBudget: 0.02,
  trialPolicy: null,
}

/** Local time, on these days of the week (1 is Monday); a day that ends before it starts ends on the next. */
export type WorkingHours = { timeZone: string; days: readonly number[]; startMinute: number; endMinute: number }

/** What bounds how a member may be asked. */
export type MemberTraits = {
  level: RampLevel
  /** Who reviews first what this member writes, while a newcomer. */
  mentorId: string | null
  maxOpenReviews: number | null
  isNeverAssigned: boolean
  /** Authors whose pull requests this member never gets. */
  neverAuthorIds: readonly string[]
  workingHours: WorkingHours | null
  absences: readonly { startsMs: number; endsMs: number }[]
}

export type RosterMember = { userId: string; isActive: boolean }

/** Who is in a team and may be asked, at one version. `members` are in the order of `compareIds`. */
export type Roster = TeamSettings & {
  teamName: string
  version: number
  members: readonly RosterMember[]
  /** Where in `members` the active ones stand, ascending. */
  activePositions: readonly number[]
  /** 1 for each active member, else 0, as `members` stand. */
  flags: Uint8Array
  /** `hashText` of each member's id. The same array as long as nobody joins or leaves. */
  hashes: readonly number[]
  /** Of those members who have any, by user id. */
  traits: ReadonlyMap<string, MemberTraits>
}

const noTraits: ReadonlyMap<string, MemberTraits> = new Map()

type RosterFacts = Pick<Roster, 'teamName' | 'version' | 'members'> & Partial<TeamSettings & Pick<Roster, 'traits'>>

/** What is left out is as in a new team. */
export function createRoster(team: RosterFacts): Roster {
  return {
    ...defaultSettings,
    traits: noTraits,
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
