import { compareIds } from '../../../../shared/ids.ts'
import type { RosterMember } from '../../../../shared/roster.ts'
import type { ReviewRequest, TeamState } from '../decide.ts'
import type { Decision } from '../decision.ts'
import { draw, sampleBelow } from '../seeded-random.ts'

/** How many people a decision looks at, so that it costs the same in a team of 64 and of 10,000. */
export const LOOK_LIMIT = 64

export type ChoiceContext = {
  seed: number
  lastInRotation: string | null
  /** Whether the first of those chosen takes the first of several seats. */
  isFirstOfSeveral: boolean
}

/** The people looked at: one of each per person. */
export type Candidates = {
  people: readonly RosterMember[]
  openReviews: readonly number[]
  /** `hashText` of their ids. */
  hashes: readonly number[]
  knowledge: Decision['knowledge']
}

export type Policy = {
  /** Raised whenever the same input would give another answer. */
  version: number
  /** In a team of more than `LOOK_LIMIT`, how many of its members a decision looks at. */
  lookLimit: number
  /** About `size` of these positions of the roster, never fewer while there are more. */
  look: (
    pool: readonly number[],
    size: number,
    team: Pick<TeamState, 'roster' | 'lastInRotation'>,
    seed: number,
    request: Pick<ReviewRequest, 'knowledge' | 'wanted' | 'authorId' | 'keptIds' | 'replacedId'>,
  ) => readonly number[]
  /** The best of the eligible, best first, as many as are wanted, all as indexes. Total: no two are ever equal. */
  choose: (candidates: Candidates, eligible: readonly number[], wanted: number, context: ChoiceContext) => number[]
}

export function lookAtSample(pool: readonly number[], size: number, _team: unknown, seed: number): readonly number[] {
  return sampleBelow(seed, pool.length, Math.min(size, pool.length)).map((index) => pool[index]!)
}

/** The `wanted` of lowest `costs`, in that order; among equals everybody is as likely as anybody else. */
export function lowestBy(
  costs: readonly number[] | null,
  { people, hashes }: Pick<Candidates, 'people' | 'hashes'>,
  eligible: readonly number[],
  wanted: number,
  seed: number,
): number[] {
  const compare = (a: Ranked, b: Ranked) =>
    a.cost - b.cost || a.drawn - b.drawn || compareIds(people[a.index]!.userId, people[b.index]!.userId)
  const lowest: Ranked[] = []
  for (const index of eligible) {
    const cost = costs === null ? 0 : costs[index]!
    const worst = lowest.length < wanted ? undefined : lowest.at(-1)
    if (worst !== undefined && worst.cost < cost) continue
    const drawn = draw(seed, hashes[index]!)
    if (worst !== undefined && worst.cost === cost && worst.drawn < drawn) continue
    const ranked = { index, cost, drawn }
    const place = lowest.findIndex((other) => compare(ranked, other) < 0)
    lowest.splice(place === -1 ? lowest.length : place, 0, ranked)
    if (lowest.length > wanted) lowest.pop()
  }
  return lowest.map(({ index }) => index)
}

type Ranked = { index: number; cost: number; drawn: number }
