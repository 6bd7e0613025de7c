import type { Roster } from '../../../../shared/roster.ts'
import { draw } from '../seeded-random.ts'
import type { Loads } from './loads.ts'
import { burdenOf, type Facts, type Shares } from './score.ts'
import { LONGEST_ORDER, type Skills } from './skills.ts'

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
  { shares, order, ordered, skills, factsAt }: Skills,
  loads: Loads,
  roster: Team,
  { atMs, loadWeight }: { atMs: number; loadWeight: number },
): Knowledge {
  const loadAt = loads.at(roster, atMs)
  return {
    shares: { ...shares, loadWeight },
    factsAt: (position) => factsAt(position, loadAt(position)),
    best(positions, size, { loadWeight: weight }, seed) {
      if (positions.length <= size) return [...positions]
      const isAsked = positions === roster.activePositions ? roster.flags : flagsOf(positions)
      const list = shortList.begin(size, roster.hashes, seed)
      for (let at = 0; at < 2 * ordered; at += 2) {
        const position = order[at]!
        const skill = order[at + 1]!
        // Whoever comes after has less skill, and a load only takes away.
        if (skill < list.least) return list.ascending
        if (isAsked[position] === 1) list.offer(position, skill - burdenOf(loadAt(position), weight))
      }
      // All the others know nothing of it.
      if (ordered < LONGEST_ORDER && list.least > -Infinity) return list.ascending
      const isOffered = flagsOf(Array.from({ length: ordered }, (_, place) => order[2 * place]!))
      for (const position of positions) {
        if (skills[position]! < list.least || isOffered[position] === 1) continue
        list.offer(position, skills[position]! - burdenOf(loadAt(position), weight))
      }
      return list.ascending
    },
  }
}

function flagsOf(positions: ArrayLike<number>): Uint8Array {
  let size = 0
  for (let index = 0; index < positions.length; index++) size = Math.max(size, positions[index]! + 1)
  const flags = new Uint8Array(size)
  for (let index = 0; index < positions.length; index++) flags[positions[index]!] = 1
  return flags
}

/** The positions with the highest scores of those offered; of two with the same, whoever is drawn first. One at a time: its lists are used again. */
class ShortList {
  #positions = new Int32Array(64)
  #scores = new Float64Array(64)
  #hashes: Roster['hashes'] = []
  #seed = 0
  #size = 0
  #length = 0
  /** Whoever has less does not get on it. */
  least = -Infinity

  begin(size: number, hashes: Roster['hashes'], seed: number): this {
    if (size > this.#positions.length) {
      this.#positions = new Int32Array(size)
      this.#scores = new Float64Array(size)
    }
    this.#hashes = hashes
    this.#seed = seed
    this.#size = size
    this.#length = 0
    this.least = -Infinity
    return this
  }

  /** Sorted by hand: for so short a list the runtime's own sort took longer than finding who is on it. */
  get ascending(): number[] {
    const ascending: number[] = []
    for (let index = 0; index < this.#length; index++) {
      const position = this.#positions[index]!
      let place = index
      for (; place > 0 && ascending[place - 1]! > position; place--) ascending[place] = ascending[place - 1]!
      ascending[place] = position
    }
    return ascending
  }

  offer(position: number, score: number): void {
    const positions = this.#positions
    const scores = this.#scores
    const size = this.#size
    let place = this.#length
    while (place > 0 && score >= scores[place - 1]!) {
      if (score === scores[place - 1]! && !this.#isAhead(position, positions[place - 1]!)) break
      place--
    }
    if (place === size) return
    for (let to = Math.min(this.#length, size - 1); to > place; to--) {
      positions[to] = positions[to - 1]!
      scores[to] = scores[to - 1]!
    }
    positions[place] = position
    scores[place] = score
    if (this.#length < size) this.#length++
    if (this.#length === size) this.least = scores[size - 1]!
  }

  #isAhead(position: number, other: number): boolean {
    return draw(this.#seed, this.#hashes[position]!) < draw(this.#seed, this.#hashes[other]!)
  }
}

const shortList = new ShortList()
