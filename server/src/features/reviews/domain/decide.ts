import type { Roster, RosterMember } from '../../people/index.ts'
import type { Decision, Exclusion, LookedAt } from './decision.ts'
import { policies } from './policies/index.ts'

/** A team as a decision sees it: its roster, the load of its people, and whose turn came last. */
export type TeamState = {
  roster: Roster
  openReviewsOf: (userId: string) => number
  lastInRotation: string | null
}

export type ReviewRequest = {
  kind: 'create' | 'reassign' | 'hand-over'
  authorId: string
  /** How many reviewers to choose. */
  wanted: number
  /** Reviewers who stay. */
  keptIds: readonly string[]
  replacedId: string | null
}

/**
 * Chooses reviewers. Pure and total: the same team, request and seed give the same decision on any machine, on any day.
 * Fewer eligible people than wanted is no error: `assignedIds` is then shorter.
 */
export function decide(team: TeamState, request: ReviewRequest, seed: number): Decision {
  return decideAmong(policies[team.roster.policy].look(team, seed), team, request, seed)
}

/** `decide` without the look: ranks just these people. */
export function decideAmong(
  people: readonly RosterMember[],
  team: TeamState,
  request: ReviewRequest,
  seed: number,
): Decision {
  const { roster } = team
  const policy = policies[roster.policy]
  const lookedAt = people.map(({ userId, isActive }): LookedAt => ({
    userId,
    openReviews: team.openReviewsOf(userId),
    exclusion: exclusionOf(userId, isActive, request),
  }))
  const eligible = lookedAt.filter(({ exclusion }) => exclusion === null)
  const chosen = policy.choose(eligible, request.wanted, { seed, lastInRotation: team.lastInRotation })
  return {
    kind: request.kind,
    teamName: roster.teamName,
    rosterVersion: roster.version,
    policy: roster.policy,
    policyVersion: policy.version,
    seed,
    wanted: request.wanted,
    authorId: request.authorId,
    keptIds: request.keptIds,
    replacedId: request.replacedId,
    lastInRotation: roster.policy === 'round-robin' ? team.lastInRotation : null,
    rosterSize: roster.members.length,
    lookedAt,
    assignedIds: chosen.map(({ userId }) => userId),
  }
}

/** `INACTIVE` comes first: unlike the others it cannot be told from the rest of the record. */
function exclusionOf(userId: string, isActive: boolean, request: ReviewRequest): Exclusion | null {
  if (!isActive) return 'INACTIVE'
  if (userId === request.authorId) return 'AUTHOR'
  if (userId === request.replacedId) return 'REPLACED'
  return request.keptIds.length > 0 && request.keptIds.includes(userId) ? 'ALREADY_ASSIGNED' : null
}
