import { compareIds } from '../../../../shared/ids.ts'
import type { RosterMember } from '../../../people/index.ts'
import type { TeamState } from '../decide.ts'
import type { LookedAt } from '../decision.ts'
import { draw, sampleBelow } from '../seeded-random.ts'

/** How many people a decision looks at, so that it costs the same in a team of 64 and of 10,000. */
export const LOOK_LIMIT = 64

export type ChoiceContext = { seed: number; lastInRotation: string | null }

export type Policy = {
  /** Raised whenever the same input would give another answer. */
  version: number
  /** Who is looked at: everybody in a team of up to `LOOK_LIMIT`, else that many active members. */
  look: (team: TeamState, seed: number) => readonly RosterMember[]
  /** The best of the eligible, best first, as many as are wanted. Total: no two are ever equal. */
  choose: (eligible: readonly LookedAt[], wanted: number, context: ChoiceContext) => LookedAt[]
}

export function lookAtSample({ roster }: TeamState, seed: number): readonly RosterMember[] {
  if (roster.members.length <= LOOK_LIMIT) return roster.members
  const { activeIds } = roster
  const sample = sampleBelow(seed, activeIds.length, Math.min(LOOK_LIMIT, activeIds.length))
  return sample.map((index) => ({ userId: activeIds[index]!, isActive: true }))
}

/** The `wanted` of lowest `cost`, in that order; among equals everybody is as likely as anybody else. */
export function lowestBy(
  eligible: readonly LookedAt[],
  wanted: number,
  seed: number,
  cost: (person: LookedAt) => number,
): LookedAt[] {
  if (wanted >= eligible.length) return allBy(eligible, seed, cost)
  const lowest: Ranked[] = []
  for (const person of eligible) {
    const worst = lowest[wanted - 1]
    const ranked = { person, cost: cost(person), drawn: 0 }
    if (worst !== undefined && worst.cost < ranked.cost) continue
    ranked.drawn = draw(seed, person.userId)
    const place = lowest.findIndex((other) => compareRanked(ranked, other) < 0)
    lowest.splice(place === -1 ? lowest.length : place, 0, ranked)
    if (lowest.length > wanted) lowest.pop()
  }
  return lowest.map(({ person }) => person)
}

function allBy(eligible: readonly LookedAt[], seed: number, cost: (person: LookedAt) => number): LookedAt[] {
  return eligible
    .map((person): Ranked => ({ person, cost: cost(person), drawn: draw(seed, person.userId) }))
    .toSorted(compareRanked)
    .map(({ person }) => person)
}

type Ranked = { person: LookedAt; cost: number; drawn: number }

function compareRanked(a: Ranked, b: Ranked): number {
  return a.cost - b.cost || a.drawn - b.drawn || compareIds(a.person.userId, b.person.userId)
}
