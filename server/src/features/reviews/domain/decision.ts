import type { ReviewPolicy, RosterMember } from '../../../shared/roster.ts'

export type DecisionKind = 'create' | 'reassign' | 'hand-over' | 'restore'

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
  /** The people looked at, and how many open reviews each had. */
  people: readonly RosterMember[]
  openReviews: readonly number[]
  assignedIds: readonly string[]
}

/** Why somebody looked at could not be chosen, whatever their rank. */
export type Exclusion = 'INACTIVE' | 'AUTHOR' | 'ALREADY_ASSIGNED' | 'REPLACED'

/** Somebody the decision looked at: excluded by one code, or a candidate who was ranked. */
export type LookedAt = { userId: string; openReviews: number; exclusion: Exclusion | null }

export function lookedAt(decision: Decision): LookedAt[] {
  return decision.people.map(({ userId, isActive }, index) => ({
    userId,
    openReviews: decision.openReviews[index]!,
    exclusion: isActive ? exclusionOf(userId, decision) : 'INACTIVE',
  }))
}

/** Of somebody active. */
export function exclusionOf(
  userId: string,
  { authorId, keptIds, replacedId }: Pick<Decision, 'authorId' | 'keptIds' | 'replacedId'>,
): Exclusion | null {
  if (userId === authorId) return 'AUTHOR'
  if (userId === replacedId) return 'REPLACED'
  return keptIds.includes(userId) ? 'ALREADY_ASSIGNED' : null
}
