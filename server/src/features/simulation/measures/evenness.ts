import { gini, topFifthShare } from '../../insights/index.ts'

type Quarter = { changes: number; given: Map<string, number>; people: Set<string> }

/** Null where the quarter has too few changes to tell. */
export type QuarterEvenness = {
  quarter: number
  changes: number
  gini: number | null
  topFifthShare: number | null
}

const MIN_CHANGES_OF_QUARTER = 40

/** How unevenly reviews were given, over all who really reviewed or were named, by quarter. */
export class Evenness {
  readonly #quarters = new Map<number, Quarter>()

  count(quarter: number, reviewerIds: readonly string[], givenIds: readonly string[]): void {
    const of = this.#quarters.get(quarter) ?? { changes: 0, given: new Map(), people: new Set() }
    this.#quarters.set(quarter, of)
    of.changes++
    for (const id of reviewerIds) of.people.add(id)
    for (const id of givenIds) {
      of.people.add(id)
      of.given.set(id, (of.given.get(id) ?? 0) + 1)
    }
  }

  /** In order. */
  quarters(): QuarterEvenness[] {
    return [...this.#quarters]
      .toSorted(([a], [b]) => a - b)
      .map(([quarter, { changes, people, given }]) => {
        if (changes < MIN_CHANGES_OF_QUARTER) return { quarter, changes, gini: null, topFifthShare: null }
        const loads = [...people].map((id) => given.get(id) ?? 0)
        return { quarter, changes, gini: gini(loads), topFifthShare: topFifthShare(loads) }
      })
  }
}
