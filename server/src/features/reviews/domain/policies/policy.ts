import { compareIds } from '../../../../shared/ids.ts'
import type { RosterMember } from '../../../people/index.ts'
import type { TeamState } from '../decide.ts'
import type { LookedAt } from '../decision.ts'
import { draw, sampleBelow } from '../seeded-random.ts'

/** How many people a decision looks at, so that it costs the same in a team of 64 and of 10,000. */
export const LOOK_LIMIT = 64

export type RankContext = { seed: number; lastInRotation: string | null }

export type Policy = {
  /** Raised whenever the same input would give another answer. */
  version: number
  /** Who is looked at: everybody in a team of up to `LOOK_LIMIT`, else that many active members. */
  look: (team: TeamState, seed: number) => readonly RosterMember[]
  /** The eligible, best first. Total: no two are ever equal. */
  rank: (eligible: readonly LookedAt[], context: RankContext) => LookedAt[]
}

export function lookAtSample({ roster }: TeamState, seed: number): readonly RosterMember[] {
  if (roster.members.length <= LOOK_LIMIT) return roster.members
  const { activeIds } = roster
  const sample = sampleBelow(seed, activeIds.length, Math.min(LOOK_LIMIT, activeIds.length))
  return sample.map((index) => ({ userId: activeIds[index]!, isActive: true }))
}

/** By `cost` ascending; among equals everybody is as likely as anybody else. */
export function rankByCost(
  eligible: readonly LookedAt[],
  seed: number,
  cost: (person: LookedAt) => number,
): LookedAt[] {
  return eligible
    .map((person) => ({ person, cost: cost(person), drawn: draw(seed, person.userId) }))
    .toSorted((a, b) => a.cost - b.cost || a.drawn - b.drawn || compareIds(a.person.userId, b.person.userId))
    .map(({ person }) => person)
}
