import { gini, topFifthShare } from '../insights/index.ts'
import type { PastChange } from './ranker.ts'

/** Shares are from 0 to 1; null where there was nothing to measure. */
export type Measures = {
  name: string
  hitAt1: number | null
  hitAt3: number | null
  hitAt5: number | null
  /** Mean reciprocal rank of the first actual reviewer. */
  mrr: number | null
  /** Mean over the quarters with enough changes. */
  gini: number | null
  topFifthShare: number | null
  msPerDecision: number | null
}

type Quarter = { changes: number; given: Map<string, number>; people: Set<string> }

const MIN_CHANGES_OF_QUARTER = 40

/** Counts how well one rule did, and how evenly it spread the reviews. */
export class Tally {
  readonly #name: string
  readonly #hits = new Map([1, 3, 5].map((k) => [k, 0]))
  readonly #quarters = new Map<string, Quarter>()
  #changes = 0
  #reciprocalRanks = 0
  #tookMs = 0

  constructor(name: string) {
    this.#name = name
  }

  count({ reviewerIds, landedMs }: PastChange, ranked: readonly string[], tookMs: number): void {
    const place = ranked.findIndex((id) => reviewerIds.includes(id))
    this.#changes++
    this.#tookMs += tookMs
    if (place !== -1) this.#reciprocalRanks += 1 / (place + 1)
    for (const [k, hits] of this.#hits) if (place !== -1 && place < k) this.#hits.set(k, hits + 1)
    const quarter = this.#quarter(landedMs)
    quarter.changes++
    for (const id of reviewerIds) quarter.people.add(id)
    for (const id of ranked.slice(0, reviewerIds.length)) {
      quarter.people.add(id)
      quarter.given.set(id, (quarter.given.get(id) ?? 0) + 1)
    }
  }

  measures(): Measures {
    const quarters = [...this.#quarters.values()].filter(({ changes }) => changes >= MIN_CHANGES_OF_QUARTER)
    const loads = quarters.map(({ people, given }) => [...people].map((id) => given.get(id) ?? 0))
    const share = (sum: number) => (this.#changes === 0 ? null : sum / this.#changes)
    return {
      name: this.#name,
      hitAt1: share(this.#hits.get(1)!),
      hitAt3: share(this.#hits.get(3)!),
      hitAt5: share(this.#hits.get(5)!),
      mrr: share(this.#reciprocalRanks),
      gini: meanOf(loads.map(gini)),
      topFifthShare: meanOf(loads.map(topFifthShare)),
      msPerDecision: share(this.#tookMs),
    }
  }

  #quarter(atMs: number): Quarter {
    const date = new Date(atMs)
    const name = `${date.getUTCFullYear()}-${Math.floor(date.getUTCMonth() / 3)}`
    const quarter = this.#quarters.get(name) ?? { changes: 0, given: new Map(), people: new Set() }
    this.#quarters.set(name, quarter)
    return quarter
  }
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
