import type { Roster } from '../../../shared/roster.ts'

/**
 * A number for each person, from 0 up, so that what is known of them stands in lists. Those of a team stand together: a decision looks at
 * many of one team.
 */
export class PeopleNumbers {
  readonly #numbers = new Map<string, number>()
  readonly #ofRosters = new WeakMap<Roster['hashes'], Int32Array>()

  get size(): number {
    return this.#numbers.size
  }

  of(userId: string): number {
    const known = this.#numbers.get(userId)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(userId, number)
    return number
  }

  /** Of the member at each position. */
  ofRoster({ members, hashes }: Pick<Roster, 'members' | 'hashes'>): Int32Array {
    const known = this.#ofRosters.get(hashes)
    if (known !== undefined) return known
    const numbers = Int32Array.from(members, ({ userId }) => this.of(userId))
    this.#ofRosters.set(hashes, numbers)
    return numbers
  }
}
