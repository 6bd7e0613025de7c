import { compareIds } from '../../../shared/ids.ts'
import { gini, topFifthShare } from '../../insights/index.ts'
import { Waves } from './waves.ts'

/** How one policy spreads its reviews. */
export type Spread = {
  seats: number
  people: number
  byPerson: readonly { userId: string; reviews: number }[]
  gini: number
  topFifthShare: number
  /** The largest part of a day's reviews that one person got; null where no day had enough. */
  busiestDayShare: number | null
}

/** Whom one policy named, one decision after the other. */
export class Named {
  readonly #reviews = new Map<string, number>()
  readonly #waves = new Waves()
  #seats = 0

  get ids(): Iterable<string> {
    return this.#reviews.keys()
  }

  /** Calls come in time order. */
  add(ids: readonly string[], atMs: number): void {
    this.#seats += ids.length
    for (const id of ids) this.#reviews.set(id, (this.#reviews.get(id) ?? 0) + 1)
    // With one candidate its index is the share of the busiest.
    this.#waves.give(ids, atMs, 1)
  }

  /** Over all these people, whether named or not; the busiest of them by name. */
  spreadOver(people: ReadonlySet<string>, busiest: number): Spread {
    const loads = [...people].map((id) => this.#reviews.get(id) ?? 0)
    const byPerson = [...this.#reviews].map(([userId, reviews]) => ({ userId, reviews }))
    return {
      seats: this.#seats,
      people: this.#reviews.size,
      byPerson: byPerson.toSorted((a, b) => b.reviews - a.reviews || compareIds(a.userId, b.userId)).slice(0, busiest),
      gini: gini(loads),
      topFifthShare: topFifthShare(loads),
      busiestDayShare: this.#waves.index()?.highest ?? null,
    }
  }
}
