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

/** A file or a directory: the decayed count of each person there, and of all. */
type Place = { readonly parent: Place | null; readonly counts: Map<number, number>; total: number; children: number }

/** What is known of somebody; counts are stored as their decay wants it. */
type Person = {
  readonly id: string
  popularity: number
  recent: number
  load: number
  lastReviewMs: number
  /** Who reviews what they write: count by number of the reviewer, and of all. */
  readonly affinity: Map<number, number>
  affinityTotal: number
}

/** Half-lives in days, from the tuning on Apache Kafka that `score.ts` cites. */
const HALF_LIFE = 90
const RECENT_HALF_LIFE = 7
const LOAD_HALF_LIFE = 14

const MAX_FILES = 200
const AUTHOR_WEIGHT = 0.2
/** Below this a count is noise, and forgotten. */
const NEGLIGIBLE = 0.01
const CHANGES_BETWEEN_SWEEPS = 500

/**
 * Who wrote and who reviewed which files, directories and people's changes, each with exponential decay. Learns changes in the
 * order in which they landed; the same changes give the same index on any machine.
 */
export class ExpertiseIndex {
  readonly #places = new Map<string, Place>()
  readonly #numbers = new Map<string, number>()
  readonly #people: Person[] = []
  readonly #decay = new Decay(HALF_LIFE)
  readonly #recentDecay = new Decay(RECENT_HALF_LIFE)
  readonly #loadDecay = new Decay(LOAD_HALF_LIFE)
  #learned = 0

  learn(change: LandedChange): void {
    const { landedMs } = change
    this.#rebase(landedMs)
    for (const [from, to] of change.renames) this.#rename(from, to)
    const reviewers = [...new Set(change.reviewerIds)]
      .filter((id) => id !== change.authorId)
      .map((id) => this.#person(id))
    const author = this.#person(change.authorId)
    this.#learnPlaces(change.files, [author, ...reviewers], this.#decay.stored(landedMs))
    this.#learnPeople(author, reviewers, landedMs)
    for (const path of change.deleted) this.#forget(path)
    if (++this.#learned % CHANGES_BETWEEN_SWEEPS === 0) this.#sweep(landedMs)
  }

  /** These people were given a review each; what they really reviewed is learned when it has landed. */
  assign(reviewerIds: readonly string[], atMs: number): void {
    const weight = this.#loadDecay.stored(atMs)
    for (const id of reviewerIds) this.#people[this.#person(id)]!.load += weight
  }

  get size(): { places: number; people: number } {
    return { places: this.#places.size, people: this.#people.length }
  }

  numberOf(id: string): number | undefined {
    return this.#numbers.get(id)
  }

  idOf(number: number): string {
    return this.#people[number]!.id
  }

  popularityOf(number: number, atMs: number): number {
    return this.#people[number]!.popularity * this.#decay.worth(atMs)
  }

  recentOf(number: number, atMs: number): number {
    return this.#people[number]!.recent * this.#recentDecay.worth(atMs)
  }

  loadOf(number: number, atMs: number): number {
    return this.#people[number]!.load * this.#loadDecay.worth(atMs)
  }

  /** Mean load of those who have reviewed since then. */
  meanLoad(atMs: number, sinceMs: number): number {
    let sum = 0
    let reviewers = 0
    for (const { load, lastReviewMs } of this.#people) {
      if (lastReviewMs < sinceMs) continue
      sum += load
      reviewers++
    }
    return reviewers === 0 ? 0 : (sum / reviewers) * this.#loadDecay.worth(atMs)
  }

  /** How often each person reviewed what this author wrote (and a fifth of how often the author reviewed theirs), and the sum. */
  affinityOf(author: number, atMs: number): { countOf: (number: number) => number; total: number } {
    const { affinity, affinityTotal } = this.#people[author]!
    const worth = this.#decay.worth(atMs)
    return { countOf: (number) => (affinity.get(number) ?? 0) * worth, total: affinityTotal * worth }
  }

  /** The known places of a file: itself, where known, its directory, … up to the root. */
  placesOf(path: string): Place[] {
    const chain: Place[] = []
    for (let known = this.#nearest(path); known !== null; known = known.parent) chain.push(known)
    return chain
  }

  /** What one stored count of a place is worth now. */
  placeWorth(atMs: number): number {
    return this.#decay.worth(atMs)
  }

  #nearest(path: string): Place | null {
    for (let at: string | null = path; at !== null; at = parentPath(at)) {
      const place = this.#places.get(at)
      if (place !== undefined) return place
    }
    return null
  }

  #learnPlaces(files: readonly string[], people: readonly number[], weight: number): void {
    const touched = new Set<Place>()
    for (const path of files.slice(0, MAX_FILES)) {
      for (let place: Place | null = this.#place(path); place !== null; place = place.parent) touched.add(place)
    }
    for (const place of touched) {
      for (const number of people) place.counts.set(number, (place.counts.get(number) ?? 0) + weight)
      place.total += weight * people.length
    }
  }

  #learnPeople(author: number, reviewers: readonly number[], atMs: number): void {
    const weight = this.#decay.stored(atMs)
    const recentWeight = this.#recentDecay.stored(atMs)
    const writer = this.#people[author]!
    writer.popularity += AUTHOR_WEIGHT * weight
    writer.recent += AUTHOR_WEIGHT * recentWeight
    for (const number of reviewers) {
      const reviewer = this.#people[number]!
      reviewer.popularity += weight
      reviewer.recent += recentWeight
      reviewer.lastReviewMs = atMs
      addAffinity(writer, number, weight)
      addAffinity(reviewer, author, AUTHOR_WEIGHT * weight)
    }
  }

  #person(id: string): number {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const number = this.#people.length
    this.#numbers.set(id, number)
    const nothing = { popularity: 0, recent: 0, load: 0, lastReviewMs: -Infinity, affinityTotal: 0 }
    this.#people.push({ id, ...nothing, affinity: new Map() })
    return number
  }

  #place(path: string): Place {
    const known = this.#places.get(path)
    if (known !== undefined) return known
    const above = parentPath(path)
    const parent = above === null ? null : this.#place(above)
    const place = { parent, counts: new Map<number, number>(), total: 0, children: 0 }
    if (parent !== null) parent.children++
    this.#places.set(path, place)
    return place
  }

  #rename(from: string, to: string): void {
    const old = this.#places.get(from)
    if (old === undefined || from === to) return
    const place = this.#place(to)
    for (const [number, count] of old.counts) place.counts.set(number, (place.counts.get(number) ?? 0) + count)
    place.total += old.total
    this.#forget(from)
  }

  #forget(path: string): void {
    const place = this.#places.get(path)
    if (place === undefined || place.children > 0) return
    if (place.parent !== null) place.parent.children--
    this.#places.delete(path)
  }

  #sweep(atMs: number): void {
    const least = NEGLIGIBLE * this.#decay.stored(atMs)
    // What stands in a directory was added after it, and goes first.
    for (const [path, place] of [...this.#places].toReversed()) {
      for (const [number, count] of place.counts) {
        if (count >= least) continue
        place.counts.delete(number)
        place.total -= count
      }
      if (place.counts.size === 0) this.#forget(path)
    }
    for (const person of this.#people) {
      for (const [number, count] of person.affinity) {
        if (count >= least) continue
        person.affinity.delete(number)
        person.affinityTotal -= count
      }
    }
  }

  #rebase(atMs: number): void {
    const factor = this.#decay.rebase(atMs)
    if (factor !== null) this.#scale(factor)
    const recent = this.#recentDecay.rebase(atMs)
    if (recent !== null) for (const person of this.#people) person.recent *= recent
    const load = this.#loadDecay.rebase(atMs)
    if (load !== null) for (const person of this.#people) person.load *= load
  }

  #scale(factor: number): void {
    for (const place of this.#places.values()) {
      place.total *= factor
      for (const [number, count] of place.counts) place.counts.set(number, count * factor)
    }
    for (const person of this.#people) {
      person.popularity *= factor
      person.affinityTotal *= factor
      for (const [number, count] of person.affinity) person.affinity.set(number, count * factor)
    }
  }
}

export const ROOT = ''

/** The directory of a file or of a directory; null above the root. */
function parentPath(path: string): string | null {
  if (path === ROOT) return null
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function addAffinity(person: Person, number: number, weight: number): void {
  person.affinity.set(number, (person.affinity.get(number) ?? 0) + weight)
  person.affinityTotal += weight
}
