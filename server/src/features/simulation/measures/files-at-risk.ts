import { hashText } from '../../../shared/hash.ts'
import { draw } from '../../reviews/index.ts'
import type { PastChange } from '../ranker.ts'
import { quarterOf } from './quarters.ts'
import type { ActiveIn } from './staying.ts'

/** With so few who know it and stay, a file is at risk: `FilesAtRiksOwnersThreshold` of RelationalGit, which the paper below used. */
const FEW = 1
const SEED = 1

/**
 * How many files at most one person knows, of those who stay: wrote or reviewed the file, and is active in the quarter after.
 * Counted at the end of each quarter in which a rule was asked, over all files there are then, as if of each change one reviewer,
 * drawn by lot, had been the rule's first pick who was not its reviewer anyway: the simulation of E. Mirsaeedi and P. Rigby (ICSE
 * 2020) and of F. Hajari and others (IEEE TSE 2024).
 */
export class FilesAtRisk {
  readonly #activeIn: ActiveIn
  readonly #numbers = new Map<string, number>()
  readonly #knowing = new Map<string, Set<number>>()
  /** Who learns the files of a change that has not landed yet. */
  readonly #reviewers = new Map<string, readonly string[]>()
  readonly #counts = new Map<number, number>()
  #isAsked = false
  #quarter: number | null = null

  constructor(activeIn: ActiveIn) {
    this.#activeIn = activeIn
  }

  /** Puts the rule's pick in the place of one reviewer; in nobody's place where it names nobody. */
  ask({ id, reviewerIds }: PastChange, askedMs: number, ranked: readonly string[]): void {
    this.#closeQuarters(quarterOf(askedMs))
    this.#isAsked = true
    const replaced = draw(SEED, hashText(id)) % reviewerIds.length
    const staying = reviewerIds.filter((_, index) => index !== replaced)
    const pick = ranked.find((candidate) => !staying.includes(candidate))
    this.#reviewers.set(id, pick === undefined ? staying : [...staying, pick])
  }

  land(change: PastChange): void {
    this.#closeQuarters(quarterOf(change.landedMs))
    const reviewerIds = this.#reviewers.get(change.id) ?? change.reviewerIds
    this.#reviewers.delete(change.id)
    for (const [from, to] of change.renames) this.#rename(from, to)
    const people = [change.authorId, ...reviewerIds].map((id) => this.#numberOf(id))
    for (const path of change.files) this.#learn(path, people)
    for (const path of change.deleted) this.#knowing.delete(path)
  }

  /** By quarter, in order. */
  counts(): ReadonlyMap<number, number> {
    return this.#counts
  }

  #closeQuarters(now: number): void {
    for (this.#quarter ??= now; this.#quarter < now; this.#quarter++) {
      const active = this.#isAsked ? this.#activeIn(this.#quarter + 1) : null
      if (active !== null) this.#counts.set(this.#quarter, this.#countAtRisk(active))
    }
  }

  #countAtRisk(active: ReadonlySet<string>): number {
    const stays = new Uint8Array(this.#numbers.size)
    for (const [id, number] of this.#numbers) stays[number] = Number(active.has(id))
    let atRisk = 0
    for (const people of this.#knowing.values()) {
      let staying = 0
      for (const number of people) staying += stays[number]!
      if (staying <= FEW) atRisk++
    }
    return atRisk
  }

  #learn(path: string, people: readonly number[]): void {
    const knowing = this.#knowing.get(path) ?? new Set<number>()
    this.#knowing.set(path, knowing)
    for (const number of people) knowing.add(number)
  }

  #rename(from: string, to: string): void {
    const knowing = this.#knowing.get(from)
    if (knowing === undefined || from === to) return
    this.#knowing.delete(from)
    this.#learn(to, [...knowing])
  }

  #numberOf(id: string): number {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(id, number)
    return number
  }
}
