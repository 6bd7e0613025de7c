import type { Roster } from '../../shared/roster.ts'
import type { DecisionFigures } from './decision-figures.ts'
import type { Decision } from './domain/decision.ts'
import type { PeopleNumbers } from './domain/people-numbers.ts'

/** How old figures may get that are known to be behind, before they are counted again. */
const MAX_LAG_MS = 1000
/** How old any figures may get: a change that nobody told of shows after that. */
const MAX_AGE_MS = 60_000

type Counted = { atMs: number; isBehind: boolean }

/**
 * How many open reviews each member of the teams in use has. This process follows its own changes at once, and those
 * of others, once it has heard that there are some, by counting again; between the two a figure may lag, which costs
 * evenness and never a rule.
 */
export class OpenReviews {
  readonly #numbers: PeopleNumbers
  /** By those numbers. */
  #counts = new Int32Array(1024)
  readonly #teams = new Map<string, Counted>()
  readonly #monotonicMs: () => number
  readonly #hearsOthers: () => boolean

  /** `hearsOthers`: whether what other processes assign is told here without delay. */
  constructor(numbers: PeopleNumbers, monotonicMs: () => number, hearsOthers: () => boolean) {
    this.#numbers = numbers
    this.#monotonicMs = monotonicMs
    this.#hearsOthers = hearsOthers
  }

  /** Of the member at each position of the roster. */
  openReviewsAt(roster: Roster): (position: number) => number {
    const numbers = this.#numbers.ofRoster(roster)
    return (position) => this.#counts[numbers[position]!] ?? 0
  }

  isFresh(teamName: string): boolean {
    const counted = this.#teams.get(teamName)
    if (counted === undefined) return false
    const maxAgeMs = counted.isBehind || !this.#hearsOthers() ? MAX_LAG_MS : MAX_AGE_MS
    return this.#monotonicMs() - counted.atMs < maxAgeMs
  }

  /** Takes a count of some people. */
  correct(userIds: Iterable<string>, counts: ReadonlyMap<string, number>): void {
    for (const userId of userIds) this.#counts[this.#placeOf(userId)] = counts.get(userId) ?? 0
  }

  /** Takes a count of all members of a team. */
  replace(teamName: string, userIds: Iterable<string>, counts: ReadonlyMap<string, number>): void {
    this.correct(userIds, counts)
    this.#teams.set(teamName, { atMs: this.#monotonicMs(), isBehind: false })
  }

  /** Follows a decision; with -1, takes that back. */
  count({ assignedIds, replacedId }: Pick<Decision, 'assignedIds' | 'replacedId'>, times: 1 | -1 = 1): void {
    for (const userId of assignedIds) this.add(userId, times)
    if (replacedId !== null) this.add(replacedId, -times)
  }

  add(userId: string, difference: number): void {
    const place = this.#placeOf(userId)
    this.#counts[place] = Math.max(0, this.#counts[place]! + difference)
  }

  /** Another process has changed figures of this team. */
  fallBehind(teamName: string): void {
    const counted = this.#teams.get(teamName)
    if (counted !== undefined) counted.isBehind = true
  }

  allFallBehind(): void {
    for (const counted of this.#teams.values()) counted.isBehind = true
  }

  #placeOf(userId: string): number {
    const place = this.#numbers.of(userId)
    if (place >= this.#counts.length) {
      const counts = new Int32Array(place * 2)
      counts.set(this.#counts)
      this.#counts = counts
    }
    return place
  }
}

/** What follows reviews as they are given, by effort. */
type GivenLoads = { assign: (reviewerIds: readonly string[], effort: number) => void }

type Counting = { openReviews: OpenReviews; expertise: GivenLoads; decided: Pick<DecisionFigures, 'add'> }

/**
 * Decisions counted as soon as they are made, so that those made meanwhile see them, and taken back unless it turns out
 * that they stand.
 */
export class TentativeCount {
  readonly openReviews: OpenReviews
  readonly #given: GivenLoads
  readonly #decided: Pick<DecisionFigures, 'add'>
  readonly #efforts = new Map<Decision, number>()

  constructor({ openReviews, expertise, decided }: Counting) {
    this.openReviews = openReviews
    this.#decided = decided
    this.#given = expertise
  }

  add(decision: Decision, effort = 1): void {
    this.#efforts.set(decision, effort)
    this.openReviews.count(decision)
    this.#given.assign(decision.assignedIds, effort)
  }

  /** These stand. */
  keep(decisions: readonly Decision[]): void {
    for (const decision of decisions) this.#efforts.delete(decision)
    this.#decided.add(decisions)
  }

  takeBack(): void {
    for (const [decision, effort] of this.#efforts) {
      this.openReviews.count(decision, -1)
      this.#given.assign(decision.assignedIds, -effort)
    }
    this.#efforts.clear()
  }
}
