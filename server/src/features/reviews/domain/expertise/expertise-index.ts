import type { Roster } from '../../../../shared/roster.ts'
import { Counts } from './counts.ts'
import { Decay } from './decay.ts'

/** A change that has landed: who wrote it, who reviewed it, and what it touched. */
export type LandedChange = {
  authorId: string
  reviewerIds: readonly string[]
  files: readonly string[]
  /** From, to. */
  renames: readonly (readonly [string, string])[]
  deleted: readonly string[]
  landedMs: number
}

/** A file or a directory: the decayed count of each person there. */
export type Place = { readonly parent: Place | null; readonly counts: Counts; children: number }

/** What is known of somebody. */
type Person = {
  readonly id: string
  /** Who reviews what they write. */
  readonly affinity: Counts
}

/** Counts by number, stored as their decay wants it. Apart from the people, because a decision walks over many of them. */
type Columns = Readonly<Record<'popularity' | 'recent', Float64Array>>

/** Half-lives in days. */
const HALF_LIFE = 90
const RECENT_HALF_LIFE = 7

const MAX_FILES = 200
const AUTHOR_WEIGHT = 0.2
/** Below this a count is noise, and forgotten. */
const NEGLIGIBLE = 0.01
/** Changes after which all places are looked through: at least so many, and more where there is more to look through. */
const LEAST_BETWEEN_SWEEPS = 500
const PLACES_PER_CHANGE = 4
/** About 200 bytes each. */
const MAX_PLACES = 1_000_000

/**
 * Who wrote and who reviewed which files, directories and people's changes, each with exponential decay. Learns changes in the
 * order in which they landed; the same changes give the same index on any machine.
 */
export class ExpertiseIndex {
  readonly #maxPlaces: number
  readonly #places = new Map<string, Place>()
  readonly #numbers = new Map<string, number>()
  readonly #people: Person[] = []
  #columns: Columns = emptyColumns(1024)
  readonly #decay = new Decay(HALF_LIFE)
  readonly #recentDecay = new Decay(RECENT_HALF_LIFE)
  readonly #rosterNumbers = new WeakMap<Roster['hashes'], Int32Array>()
  #learned = 0
  #nextSweep = LEAST_BETWEEN_SWEEPS

  /** Beyond `maxPlaces` files and directories those with the least in them are forgotten. */
  constructor(maxPlaces = MAX_PLACES) {
    this.#maxPlaces = maxPlaces
  }

  learn(change: LandedChange): void {
    const { landedMs } = change
    this.#rebase(landedMs)
    for (const [from, to] of change.renames) this.#rename(from, to)
    const reviewers = reviewersOf(change).map((id) => this.numberFor(id))
    const author = this.numberFor(change.authorId)
    this.#learnPlaces(change.files, [author, ...reviewers], this.#decay.stored(landedMs))
    this.#learnPeople(author, reviewers, landedMs)
    for (const path of change.deleted) this.#forget(path)
    this.#learned++
    if (this.#learned >= this.#nextSweep || this.#places.size > this.#maxPlaces) this.#sweep(landedMs)
  }

  get size(): { changes: number; places: number; people: number } {
    return { changes: this.#learned, places: this.#places.size, people: this.#people.length }
  }

  numberOf(id: string): number | undefined {
    return this.#numbers.get(id)
  }

  /** The number of this person, known from now on. */
  numberFor(id: string): number {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const number = this.#people.length
    this.#numbers.set(id, number)
    this.#people.push({ id, affinity: new Counts() })
    if (number === this.#columns.popularity.length) this.#columns = enlarged(this.#columns)
    return number
  }

  numbersFor(ids: readonly string[]): Int32Array {
    return Int32Array.from(ids, (id) => this.numberFor(id))
  }

  /** The number of the member at each position of the roster. */
  numbersOf({ members, hashes }: Pick<Roster, 'members' | 'hashes'>): Int32Array {
    const known = this.#rosterNumbers.get(hashes)
    if (known !== undefined) return known
    const numbers = this.numbersFor(members.map(({ userId }) => userId))
    this.#rosterNumbers.set(hashes, numbers)
    return numbers
  }

  idOf(number: number): string {
    return this.#people[number]!.id
  }

  /** What is stored of people, by number, and what a unit of it is worth at that moment. */
  columnsAt(atMs: number): Columns & { worth: number; recentWorth: number } {
    return { ...this.#columns, worth: this.#decay.worth(atMs), recentWorth: this.#recentDecay.worth(atMs) }
  }

  /** Who reviews what this person writes, in stored counts. */
  affinityOf(number: number): Counts | undefined {
    return this.#people[number]?.affinity
  }

  /** The nearest known place of a file: itself, where known, else a directory above it, at the furthest the root. */
  placeOf(path: string): Place | null {
    for (let at: string | null = path; at !== null; at = parentPath(at)) {
      const place = this.#places.get(at)
      if (place !== undefined) return place
    }
    return null
  }

  /** Those who know this very file, by number, and how well; nobody where it is new. */
  knowersOf(path: string): Pick<Counts, 'numbers' | 'values'> {
    return this.#places.get(path)?.counts ?? { numbers: [], values: [] }
  }

  #learnPlaces(files: readonly string[], people: readonly number[], weight: number): void {
    const touched = new Set<Place>()
    for (const path of files.slice(0, MAX_FILES)) {
      let place: Place | null = this.#place(path)
      while (place !== null && !touched.has(place)) {
        touched.add(place)
        place = place.parent
      }
    }
    for (const { counts } of touched) for (const number of people) counts.add(number, weight)
  }

  #learnPeople(author: number, reviewers: readonly number[], atMs: number): void {
    const weight = this.#decay.stored(atMs)
    const recentWeight = this.#recentDecay.stored(atMs)
    const writer = this.#people[author]!
    const { popularity, recent } = this.#columns
    popularity[author]! += AUTHOR_WEIGHT * weight
    recent[author]! += AUTHOR_WEIGHT * recentWeight
    for (const number of reviewers) {
      const reviewer = this.#people[number]!
      popularity[number]! += weight
      recent[number]! += recentWeight
      writer.affinity.add(number, weight)
      reviewer.affinity.add(author, AUTHOR_WEIGHT * weight)
    }
  }

  #place(path: string): Place {
    const known = this.#places.get(path)
    if (known !== undefined) return known
    const above = parentPath(path)
    const parent = above === null ? null : this.#place(above)
    const place = { parent, counts: new Counts(), children: 0 }
    if (parent !== null) parent.children++
    this.#places.set(path, place)
    return place
  }

  #rename(from: string, to: string): void {
    const old = this.#places.get(from)
    if (old === undefined || from === to) return
    this.#place(to).counts.addAll(old.counts)
    this.#forget(from)
  }

  #forget(path: string): void {
    const place = this.#places.get(path)
    if (place === undefined || place.children > 0) return
    if (place.parent !== null) place.parent.children--
    this.#places.delete(path)
  }

  #sweep(atMs: number): void {
    this.#nextSweep = this.#learned + Math.max(LEAST_BETWEEN_SWEEPS, this.#places.size / PLACES_PER_CHANGE)
    let least = NEGLIGIBLE * this.#decay.stored(atMs)
    this.#dropBelow(least)
    for (const { affinity } of this.#people) affinity.dropBelow(least)
    if (this.#places.size <= this.#maxPlaces) return
    // With some room, so that not each change that comes next has to sweep again.
    for (; this.#places.size > 0.9 * this.#maxPlaces; least *= 2) this.#dropBelow(least)
  }

  #dropBelow(least: number): void {
    // What stands in a directory was added after it, and goes first.
    for (const [path, { counts }] of [...this.#places].toReversed()) {
      counts.dropBelow(least)
      if (counts.size === 0) this.#forget(path)
    }
  }

  #rebase(atMs: number): void {
    const factor = this.#decay.rebase(atMs)
    if (factor !== null) this.#scale(factor)
    const recent = this.#recentDecay.rebase(atMs)
    if (recent !== null) multiply(this.#columns.recent, recent)
  }

  #scale(factor: number): void {
    for (const { counts } of this.#places.values()) counts.scale(factor)
    for (const { affinity } of this.#people) affinity.scale(factor)
    multiply(this.#columns.popularity, factor)
  }
}

/** Each once, and nobody who reviewed their own change. */
export function reviewersOf({ authorId, reviewerIds }: Pick<LandedChange, 'authorId' | 'reviewerIds'>): string[] {
  return [...new Set(reviewerIds)].filter((id) => id !== authorId)
}

function emptyColumns(size: number): Columns {
  return { popularity: new Float64Array(size), recent: new Float64Array(size) }
}

function enlarged(columns: Columns): Columns {
  const larger = emptyColumns(columns.popularity.length * 2)
  larger.popularity.set(columns.popularity)
  larger.recent.set(columns.recent)
  return larger
}

function multiply(values: Float64Array, factor: number): void {
  for (let index = 0; index < values.length; index++) values[index]! *= factor
}

/** The directory above a path; the root is the empty one, and has none. */
function parentPath(path: string): string | null {
  if (path === '') return null
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
