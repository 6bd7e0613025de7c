import type { Roster } from '../../../../shared/roster.ts'
import type { PeopleNumbers } from '../people-numbers.ts'
import { Decay } from './decay.ts'
import { reviewersOf, type LandedChange } from './expertise-index.ts'
import { COUNT_STEPS, nearest } from './score.ts'

/** In days. */
export const LOAD_HALF_LIFE = 14
const LOAD_PRIOR = 0.05
/** Whoever has reviewed nothing for so long is not among those who share the load. */
const WINDOW_MS = 90 * 86_400_000
const MINUTE_MS = 60_000

type Columns = Readonly<Record<'given' | 'lastReviewMs', Float64Array>>

/** What was given to whom lately, each review by its effort and with exponential decay. */
export class Loads {
  readonly #numbers: PeopleNumbers
  #columns: Columns = { given: new Float64Array(1024), lastReviewMs: new Float64Array(1024).fill(-Infinity) }
  readonly #decay = new Decay(LOAD_HALF_LIFE)
  #mean = { minute: -1, value: 0 }

  constructor(numbers: PeopleNumbers) {
    this.#numbers = numbers
  }

  /** These people were given a review each, of that much effort (a negative one takes it back); what they really reviewed is told to `reviewed`. */
  assign(reviewerIds: readonly string[], atMs: number, effort = 1): void {
    this.#rebase(atMs)
    const weight = effort * this.#decay.stored(atMs)
    for (const id of reviewerIds) {
      const number = this.#numberOf(id)
      const { given } = this.#columns
      given[number] = Math.max(0, given[number]! + weight)
    }
  }

  /** What was given to each person by now, decayed; replaces what `assign` added up. */
  replaceAll(loads: ReadonlyMap<string, number>, atMs: number): void {
    this.#rebase(atMs)
    const weight = this.#decay.stored(atMs)
    this.#columns.given.fill(0)
    for (const [id, load] of loads) {
      const number = this.#numberOf(id)
      this.#columns.given[number] = load * weight
    }
  }

  /** Its reviewers are among those who share the load for a while. */
  reviewed(change: LandedChange): void {
    const { landedMs } = change
    for (const id of reviewersOf(change)) {
      const number = this.#numberOf(id)
      const { lastReviewMs } = this.#columns
      lastReviewMs[number] = Math.max(lastReviewMs[number]!, landedMs)
    }
  }

  /**
   * The load of the member at a position of the roster at that moment, over the mean of those who review, in thousandths. Good until
   * somebody new is told of.
   */
  at(roster: Pick<Roster, 'members' | 'hashes'>, atMs: number): (position: number) => number {
    const numbers = this.#numbers.ofRoster(roster)
    this.#makeRoom(this.#numbers.size)
    const mean = this.#meanAt(atMs) + LOAD_PRIOR
    const worth = this.#decay.worth(atMs)
    const { given } = this.#columns
    return (position) => nearest(((given[numbers[position]!]! * worth) / mean) * COUNT_STEPS)
  }

  /** What was assigned in the last minute may be missing. */
  #meanAt(atMs: number): number {
    const minute = Math.floor(atMs / MINUTE_MS)
    if (this.#mean.minute !== minute) this.#mean = { minute, value: this.#countMean(atMs) }
    return this.#mean.value
  }

  #countMean(atMs: number): number {
    const { given, lastReviewMs } = this.#columns
    let sum = 0
    let reviewers = 0
    for (let number = 0; number < given.length; number++) {
      if (lastReviewMs[number]! < atMs - WINDOW_MS) continue
      sum += given[number]!
      reviewers++
    }
    return reviewers === 0 ? 0 : (sum / reviewers) * this.#decay.worth(atMs)
  }

  #numberOf(id: string): number {
    const number = this.#numbers.of(id)
    this.#makeRoom(number + 1)
    return number
  }

  #makeRoom(size: number): void {
    while (size > this.#columns.given.length) this.#columns = enlarged(this.#columns)
  }

  #rebase(atMs: number): void {
    const factor = this.#decay.rebase(atMs)
    if (factor === null) return
    const { given } = this.#columns
    for (let number = 0; number < given.length; number++) given[number]! *= factor
  }
}

function enlarged({ given, lastReviewMs }: Columns): Columns {
  const size = given.length * 2
  const larger = { given: new Float64Array(size), lastReviewMs: new Float64Array(size).fill(-Infinity) }
  larger.given.set(given)
  larger.lastReviewMs.set(lastReviewMs)
  return larger
}
