import { hashText } from '../../../shared/hash.ts'
import type { Roster, RosterMember } from '../../../shared/roster.ts'
import type { Circumstances } from './circumstances.ts'
import { barsNewcomers, exclusionByCircumstance, exclusionOf, type Decision, type DecisionInputs } from './decision.ts'
import type { Knowledge } from './expertise/knowledge.ts'
import { policies } from './policies/index.ts'
import { isLookDerivable, lookAt } from './policies/look.ts'

/** A team as a decision sees it: its roster, the load of its people, and whose turn came last. */
export type TeamState = {
  roster: Roster
  /** Of the member at this position of the roster. */
  openReviewsAt: (position: number) => number
  lastInRotation: string | null
}

export type ReviewRequest = {
  kind: 'create' | 'reassign' | 'hand-over' | 'fill'
  authorId: string
  /** How many reviewers to choose. */
  wanted: number
  /** Reviewers who stay. */
  keptIds: readonly string[]
  replacedId: string | null
  /** Who cannot be asked now, or only after others. */
  circumstances?: Circumstances | null
  /** What the policy `expertise` goes by; without it, that one goes by open reviews. */
  knowledge?: Knowledge | null
}

/**
 * Chooses reviewers. Pure and total: the same team, request and seed give the same decision on any machine, on any day.
 * Fewer eligible people than wanted is no error: `assignedIds` is then shorter.
 */
export function decide(team: TeamState, request: ReviewRequest, seed: number): Decision {
  return decideAmong(lookAt(team, request, seed), team, request, seed)
}

/** `decide` without the look: ranks just the people at these positions. */
export function decideAmong(
  positions: readonly number[],
  team: TeamState,
  request: ReviewRequest,
  seed: number,
): Decision {
  const { roster, lastInRotation, openReviewsAt } = team
  const { circumstances = null, knowledge = null } = request
  const isInformed = roster.policy === 'expertise' && knowledge !== null
  const people: RosterMember[] = []
  const openReviews: number[] = []
  const hashes: number[] = []
  for (const position of positions) {
    people.push(roster.members[position]!)
    openReviews.push(openReviewsAt(position))
    hashes.push(roster.hashes[position]!)
  }
  const inputs: DecisionInputs = {
    kind: request.kind,
    teamName: roster.teamName,
    rosterVersion: roster.version,
    policy: roster.policy,
    policyVersion: policies[roster.policy].version,
    seed,
    wanted: request.wanted,
    authorId: request.authorId,
    keptIds: request.keptIds,
    replacedId: request.replacedId,
    lastInRotation: roster.policy === 'round-robin' ? lastInRotation : null,
    rosterSize: roster.members.length,
    positions: isLookDerivable(team, request) ? null : positions,
    people,
    openReviews,
    circumstances:
      circumstances === null
        ? null
        : { isAccompanied: circumstances.isAccompanied, of: positions.map((position) => circumstances.at(position)) },
    knowledge: isInformed
      ? { shares: knowledge.shares, facts: positions.map((position) => knowledge.factsAt(position)) }
      : null,
  }
  const eligible = eligibleOf(positions, roster, inputs)
  const chosen = seat(inputs, hashes, eligible)
  return { ...inputs, assignedIds: chosen.map((index) => people[index]!.userId) }
}

/** Indexes of whoever has no exclusion. Most ids need not be looked at: their hashes tell that they differ. */
function eligibleOf(positions: readonly number[], { flags, hashes }: Roster, inputs: DecisionInputs): number[] {
  const { authorId, keptIds, replacedId, people, openReviews, circumstances } = inputs
  const suspects = [authorId, replacedId ?? authorId, ...keptIds].map(hashText)
  const eligible: number[] = []
  for (let index = 0; index < positions.length; index++) {
    const position = positions[index]!
    if (flags[position] !== 1) continue
    if (suspects.includes(hashes[position]!) && exclusionOf(people[index]!.userId, inputs) !== null) continue
    if (exclusionByCircumstance(circumstances?.of[index] ?? null, openReviews[index]!) !== null) continue
    eligible.push(index)
  }
  return eligible
}

/** As many as are wanted; where a newcomer would be, somebody who is none comes first. */
function seat(inputs: DecisionInputs, hashes: readonly number[], eligible: readonly number[]): number[] {
  const { circumstances, wanted } = inputs
  const isNewcomer = (index: number) => circumstances?.of[index]?.isNewcomer === true
  if (circumstances === null || circumstances.isAccompanied || !eligible.some(isNewcomer)) {
    return rank(inputs, hashes, eligible, wanted)
  }
  const others = eligible.filter((index) => !isNewcomer(index))
  if (barsNewcomers(inputs)) return rank(inputs, hashes, others, wanted)
  const [first] = rank(inputs, hashes, others, 1)
  const rest = eligible.filter((index) => index !== first)
  return [first!, ...rank(inputs, hashes, rest, wanted - 1, inputs.keptIds.length + 1)]
}

/** The best of the eligible, best first: those with fewer setbacks before the others, and among equals by the policy. */
export function rank(
  inputs: DecisionInputs,
  hashes: readonly number[],
  eligible: readonly number[],
  wanted: number,
  taken = inputs.keptIds.length,
): number[] {
  const { policy, circumstances, people, openReviews, knowledge, seed, lastInRotation } = inputs
  const candidates = { people, openReviews, hashes, knowledge }
  const { choose } = policies[policy]
  const isSeveral = inputs.wanted > 1
  const context = { seed, lastInRotation, isFirstOfSeveral: isSeveral && taken === 0 }
  if (circumstances === null) return choose(candidates, eligible, wanted, context)
  const bySetback = Map.groupBy(eligible, (index) => circumstances.of[index]?.setback ?? 0)
  const chosen: number[] = []
  for (const setback of [...bySetback.keys()].toSorted((a, b) => a - b)) {
    if (chosen.length >= wanted) break
    const isFirstOfSeveral = context.isFirstOfSeveral && chosen.length === 0
    const group = bySetback.get(setback)!
    chosen.push(...choose(candidates, group, wanted - chosen.length, { ...context, isFirstOfSeveral }))
  }
  return chosen
}
