import { Evenness } from './measures/evenness.ts'
import { FilesAtRisk } from './measures/files-at-risk.ts'
import { quarterName, quarterOf } from './measures/quarters.ts'
import type { ActiveIn } from './measures/staying.ts'
import { Waves } from './measures/waves.ts'
import type { PastChange } from './ranker.ts'

/** Null where the quarter has too few changes for evenness, or where who stays cannot be known. */
export type QuarterMeasures = {
  /** Such as `2020-Q1`. */
  quarter: string
  changes: number
  gini: number | null
  topFifthShare: number | null
  filesAtRisk: number | null
}

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
  /** See `Waves`: the 95th percentile, and the highest. */
  waveIndex: number | null
  highestWaveIndex: number | null
  /** Mean over the ends of quarters; see `FilesAtRisk`. */
  filesAtRisk: number | null
  /** Of the reviewers wanted, the part that the rule could name. */
  fillRate: number | null
  msPerDecision: number | null
  quarters: readonly QuarterMeasures[]
}

/** A change that was asked about: when, how many could have been named, who was, best first, and how long that took. */
export type Asked = {
  change: PastChange
  askedMs: number
  candidates: number
  ranked: readonly string[]
  tookMs: number
}

/** Counts how well one rule did, and how evenly it spread the reviews. */
export class Tally {
  readonly #name: string
  readonly #hits = new Map([1, 3, 5].map((k) => [k, 0]))
  readonly #evenness = new Evenness()
  readonly #waves = new Waves()
  readonly #filesAtRisk: FilesAtRisk
  #changes = 0
  #reciprocalRanks = 0
  #wanted = 0
  #given = 0
  #tookMs = 0

  constructor(name: string, activeIn: ActiveIn) {
    this.#name = name
    this.#filesAtRisk = new FilesAtRisk(activeIn)
  }

  /** Calls of `ask` and `land` come in time order. */
  ask({ change, askedMs, candidates, ranked, tookMs }: Asked): void {
    const { reviewerIds, landedMs } = change
    const given = ranked.slice(0, reviewerIds.length)
    this.#changes++
    this.#tookMs += tookMs
    this.#wanted += reviewerIds.length
    this.#given += given.length
    this.#countHit(ranked.findIndex((id) => reviewerIds.includes(id)))
    this.#evenness.count(quarterOf(landedMs), reviewerIds, given)
    this.#waves.give(given, askedMs, candidates)
    this.#filesAtRisk.ask(change, askedMs, ranked)
  }

  land(change: PastChange): void {
    this.#filesAtRisk.land(change)
  }

  measures(): Measures {
    const quarters = this.#quarters()
    const waves = this.#waves.index()
    const share = (sum: number) => (this.#changes === 0 ? null : sum / this.#changes)
    return {
      name: this.#name,
      hitAt1: share(this.#hits.get(1)!),
      hitAt3: share(this.#hits.get(3)!),
      hitAt5: share(this.#hits.get(5)!),
      mrr: share(this.#reciprocalRanks),
      gini: meanOf(quarters.map(({ gini }) => gini)),
      topFifthShare: meanOf(quarters.map(({ topFifthShare }) => topFifthShare)),
      waveIndex: waves?.p95 ?? null,
      highestWaveIndex: waves?.highest ?? null,
      filesAtRisk: meanOf(quarters.map(({ filesAtRisk }) => filesAtRisk)),
      fillRate: this.#wanted === 0 ? null : this.#given / this.#wanted,
      msPerDecision: share(this.#tookMs),
      quarters,
    }
  }

  #countHit(place: number): void {
    if (place === -1) return
    this.#reciprocalRanks += 1 / (place + 1)
    for (const [k, hits] of this.#hits) if (place < k) this.#hits.set(k, hits + 1)
  }

  #quarters(): QuarterMeasures[] {
    const filesAtRisk = this.#filesAtRisk.counts()
    const evenness = new Map(this.#evenness.quarters().map((each) => [each.quarter, each]))
    return [...new Set([...evenness.keys(), ...filesAtRisk.keys()])]
      .toSorted((a, b) => a - b)
      .map((quarter) => {
        const { changes = 0, gini = null, topFifthShare = null } = evenness.get(quarter) ?? {}
        const atRisk = filesAtRisk.get(quarter) ?? null
        return { quarter: quarterName(quarter), changes, gini, topFifthShare, filesAtRisk: atRisk }
      })
  }
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}
