import type { ReviewPolicy } from '../../people/index.ts'

export type DecisionKind = 'create' | 'reassign' | 'hand-over' | 'restore'

/** Why somebody looked at could not be chosen, whatever their rank. */
export type Exclusion = 'INACTIVE' | 'AUTHOR' | 'ALREADY_ASSIGNED' | 'REPLACED'

/** Somebody the decision looked at: excluded by one code, or a candidate who was ranked. */
export type LookedAt = { userId: string; openReviews: number; exclusion: Exclusion | null }

/** Everything `decide` saw and said. Kept for ever; from it the decision is explained and made again. */
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
  lookedAt: readonly LookedAt[]
  assignedIds: readonly string[]
}

type StoredLookedAt = [userId: string, openReviews: number, exclusion?: Exclusion]
type StoredDecision = Omit<Decision, 'lookedAt'> & { lookedAt: StoredLookedAt[] }

export function encodeDecision(decision: Decision): string {
  const lookedAt = decision.lookedAt.map(({ userId, openReviews, exclusion }): StoredLookedAt =>
    exclusion === null ? [userId, openReviews] : [userId, openReviews, exclusion],
  )
  return JSON.stringify({ ...decision, lookedAt } satisfies StoredDecision)
}

/** The inverse of `encodeDecision`; takes the stored JSON already parsed. */
export function decodeDecision(stored: unknown): Decision {
  const decision = stored as StoredDecision
  return {
    ...decision,
    lookedAt: decision.lookedAt.map(([userId, openReviews, exclusion]) => ({
      userId,
      openReviews,
      exclusion: exclusion ?? null,
    })),
  }
}
