import { hashText } from '../../../shared/hash.ts'
import type { Roster, RosterMember } from '../../../shared/roster.ts'
import { exclusionOf, type Decision } from './decision.ts'
import { policies } from './policies/index.ts'
import type { Candidates } from './policies/policy.ts'

/** A team as a decision sees it: its roster, the load of its people, and whose turn came last. */
export type TeamState = {
  roster: Roster
  /** Of the member at this position of the roster. */
  openReviewsAt: (position: number) => number
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

/** `decide` without the look: ranks just the people at these positions. */
export function decideAmong(
  positions: readonly number[],
  team: TeamState,
  request: ReviewRequest,
  seed: number,
): Decision {
  const { roster, lastInRotation } = team
  const policy = policies[roster.policy]
  const candidates = candidatesAt(positions, team)
  const eligible = eligibleOf(positions, roster, request)
  const chosen = policy.choose(candidates, eligible, request.wanted, { seed, lastInRotation })
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
    lastInRotation: roster.policy === 'round-robin' ? lastInRotation : null,
    rosterSize: roster.members.length,
    people: candidates.people,
    openReviews: candidates.openReviews,
    assignedIds: chosen.map((index) => candidates.people[index]!.userId),
  }
}

function candidatesAt(positions: readonly number[], { roster, openReviewsAt }: TeamState): Candidates {
  const people: RosterMember[] = []
  const openReviews: number[] = []
  const hashes: number[] = []
  for (const position of positions) {
    people.push(roster.members[position]!)
    openReviews.push(openReviewsAt(position))
    hashes.push(roster.hashes[position]!)
  }
  return { people, openReviews, hashes }
}

/** Indexes of whoever has no exclusion. Most ids need not be looked at: their hashes tell that they differ. */
function eligibleOf(
  positions: readonly number[],
  { flags, hashes, members }: Roster,
  request: ReviewRequest,
): number[] {
  const { authorId, keptIds, replacedId } = request
  const suspects = [authorId, replacedId ?? authorId, ...keptIds].map(hashText)
  const eligible: number[] = []
  for (let index = 0; index < positions.length; index++) {
    const position = positions[index]!
    if (flags[position] !== 1) continue
    if (suspects.includes(hashes[position]!) && exclusionOf(members[position]!.userId, request) !== null) continue
    eligible.push(index)
  }
  return eligible
}
