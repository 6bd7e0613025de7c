import type { Roster } from '../../../../shared/roster.ts'
import { draw } from '../seeded-random.ts'
import type { Loads } from './loads.ts'
import { burdenOf, type Facts, type Shares } from './score.ts'
import type { Skills } from './skills.ts'

/** What is known of the members of a team for one change. */
export type Knowledge = {
  shares: Shares
  /** Of the member at this position of the roster. */
  factsAt: (position: number) => Facts
  /** `size` of the positions, ascending: those of the highest scores by these shares, of equals any. */
  best: (positions: readonly number[], size: number, by: Shares, seed: number) => number[]
}

type Team = Pick<Roster, 'members' | 'hashes' | 'activePositions' | 'flags'>

/** The skills of the members of a roster and their loads at a moment. */
export function knowledgeOf(
  { shares, order, skills, factsAt }: Skills,
  loads: Loads,
  roster: Team,
  { atMs, loadWeight }: { atMs: number; loadWeight: number },
): Knowledge {
  const loadAt = loads.at(roster, atMs)
  return {
    shares: { ...shares, loadWeight },
    factsAt(position) {
      const { path, affinity, popularity, recent } = factsAt(position)
      return { path, affinity, popularity, recent, load: loadAt(position) }
    },
    best(positions, size, by, seed) {
      if (positions.length <= size) return [...positions]
      const scoreAt = (position: number) => skills[position]! - burdenOf(loadAt(position), by.loadWeight)
      const isAhead = (position: number, other: number) => isDrawnBefore(position, other, roster, seed)
      const isAsked = positions === roster.activePositions ? roster.flags : flagsOf(positions)
      const list = new ShortList(size, isAhead)
      for (let place = 0; place < order.length; place++) {
        const position = order[place]!
        if (isAsked[position] !== 1) continue
        // Whoever comes after has less skill, and a load only takes away.
        if (skills[position]! < list.least) return list.ascending
        list.offer(position, scoreAt(position))
      }
      const all = new ShortList(size, isAhead)
      for (const position of positions) if (skills[position]! >= all.least) all.offer(position, scoreAt(position))
      return all.ascending
    },
  }
}

function flagsOf(positions: readonly number[]): Uint8Array {
  const flags = new Uint8Array(positions.at(-1)! + 1)
  for (const position of positions) flags[position] = 1
  return flags
}

function isDrawnBefore(position: number, other: number, { hashes }: Pick<Roster, 'hashes'>, seed: number): boolean {
  return draw(seed, hashes[position]!) < draw(seed, hashes[other]!)
}

/** The positions with the highest scores of those offered; `isAhead` says who comes first of two with the same. */
class ShortList {
  readonly #size: number
  readonly #isAhead: (position: number, other: number) => boolean
  readonly #positions: number[] = []
  readonly #scores: number[] = []
  /** Whoever has less does not get on it. */
  least = -Infinity

  constructor(size: number, isAhead: (position: number, other: number) => boolean) {
    this.#size = size
    this.#isAhead = isAhead
  }

  get ascending(): number[] {
    return this.#positions.toSorted((a, b) => a - b)
  }

  offer(position: number, score: number): void {
    const [positions, scores] = [this.#positions, this.#scores]
    let place = positions.length
    while (place > 0 && score >= scores[place - 1]!) {
      if (score === scores[place - 1]! && !this.#isAhead(position, positions[place - 1]!)) break
      place--
    }
    if (place === this.#size) return
    positions.splice(place, 0, position)
    scores.splice(place, 0, score)
    if (positions.length > this.#size) {
      positions.pop()
      scores.pop()
    }
    if (positions.length === this.#size) this.least = scores[this.#size - 1]!
  }
}
