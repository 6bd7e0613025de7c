import type { ReviewPolicy, Roster, RosterMember } from '../../../shared/roster.ts'
import type { Circumstance, Hindrance } from './circumstances.ts'
import type { Facts, Shares } from './expertise/score.ts'

export type DecisionKind = 'create' | 'reassign' | 'hand-over' | 'restore' | 'fill' | 'assign'

/** Everything `decide` saw and said. Its record is kept for ever; from it the decision is explained and made again. */
export type Decision = {
  kind: DecisionKind
  teamName: string
  rosterVersion: number
  policy: ReviewPolicy
  policyVersion: number
  seed: number
  wanted: number
  authorId: string
  /** Reviewers who stay. */
  keptIds: readonly string[]
  replacedId: string | null
  /** Whose turn came last; null unless the policy is round-robin. */
  lastInRotation: string | null
  /** Members of the team, looked at or not. */
  rosterSize: number
  /** Where in the roster the people looked at stand; null where its version and the seed tell. */
  positions: readonly number[] | null
  /** The people looked at, and how many open reviews each had. */
  people: readonly RosterMember[]
  openReviews: readonly number[]
  /** By index into `people`; null where there was nothing to consider. */
  circumstances: { isAccompanied: boolean; of: readonly (Circumstance | null)[] } | null
  /** What the policy `expertise` knew, by index into `people`. */
  knowledge: { shares: Shares; facts: readonly Facts[] } | null
  assignedIds: readonly string[]
}

/** What a decision is made from. */
export type DecisionInputs = Omit<Decision, 'assignedIds'>

type Undecided = Pick<Decision, 'authorId' | 'keptIds' | 'replacedId'> & {
  kind: 'restore' | 'assign'
  assignedId: string
}

/** The record of a change that was no decision of Tandem's: nobody was looked at. */
export function undecided(roster: Roster, { assignedId, ...facts }: Undecided): Decision {
  return {
    ...facts,
    teamName: roster.teamName,
    rosterVersion: roster.version,
    policy: roster.policy,
    policyVersion: 0,
    seed: 0,
    wanted: 1,
    lastInRotation: null,
    rosterSize: roster.members.length,
    positions: null,
    people: [],
    openReviews: [],
    circumstances: null,
    knowledge: null,
    assignedIds: [assignedId],
  }
}

/** What keeps somebody active from being chosen at the moment. */
export const impediments = [
  'ABSENT',
  'AT_CAP',
  'NEVER_ASSIGNED',
  'NOT_OWNER',
  'SHADOW',
  'NEWCOMER_ALONE',
] as const satisfies (Hindrance | 'AT_CAP' | 'NEWCOMER_ALONE')[]

/** Why somebody looked at could not be chosen, whatever their rank. */
export const exclusions = ['INACTIVE', 'AUTHOR', 'ALREADY_ASSIGNED', 'REPLACED', ...impediments] as const
export type Exclusion = (typeof exclusions)[number]

/** Somebody the decision looked at: excluded by one code, or a candidate who was ranked. */
export type LookedAt = { userId: string; openReviews: number; exclusion: Exclusion | null }

export function lookedAt(decision: DecisionInputs): LookedAt[] {
  const isBarred = barsNewcomers(decision)
  return decision.people.map(({ userId }, index) => ({
    userId,
    openReviews: decision.openReviews[index]!,
    exclusion: exclusionAt(decision, index, isBarred),
  }))
}

/** Of somebody active, by what they are to this pull request. */
export function exclusionOf(
  userId: string,
  { authorId, keptIds, replacedId }: Pick<Decision, 'authorId' | 'keptIds' | 'replacedId'>,
): Exclusion | null {
  if (userId === authorId) return 'AUTHOR'
  if (userId === replacedId) return 'REPLACED'
  return keptIds.includes(userId) ? 'ALREADY_ASSIGNED' : null
}

export function exclusionByCircumstance(circumstance: Circumstance | null, openReviews: number): Exclusion | null {
  if (circumstance === null) return null
  const { hindrance, cap } = circumstance
  return hindrance ?? (cap !== null && openReviews >= cap ? 'AT_CAP' : null)
}

function exclusionAt(decision: DecisionInputs, index: number, isBarred: boolean): Exclusion | null {
  const { userId, isActive } = decision.people[index]!
  const circumstance = decision.circumstances?.of[index] ?? null
  const exclusion = isActive
    ? (exclusionOf(userId, decision) ?? exclusionByCircumstance(circumstance, decision.openReviews[index]!))
    : 'INACTIVE'
  return exclusion ?? (isBarred && circumstance?.isNewcomer === true ? 'NEWCOMER_ALONE' : null)
}

/** Whether a newcomer who was chosen would be the only reviewer. */
export function barsNewcomers(decision: DecisionInputs): boolean {
  const { circumstances, people, wanted } = decision
  if (circumstances === null || circumstances.isAccompanied) return false
  if (wanted <= 1) return true
  return !people.some(
    (_, index) => circumstances.of[index]?.isNewcomer !== true && exclusionAt(decision, index, false) === null,
  )
}
