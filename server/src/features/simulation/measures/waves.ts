const WINDOW_MS = 86_400_000
/** Of fewer reviews the busiest person's share says little: one more review would double it. */
const MIN_REVIEWS = 10

/**
 * The wave index: of each 24 hours that end with a review and have at least 10, the most reviews that one person was given, over
 * what the evenest spread would give anybody, which is reviews / candidates, rounded up. 1 is as even as can be.
 */
export class Waves {
  readonly #given: { id: string; atMs: number }[] = []
  readonly #counts = new Map<string, number>()
  /** How many people have that many reviews in the window. */
  readonly #peopleWith: number[] = [0]
  readonly #figures: number[] = []
  #first = 0
  #most = 0

  /** Calls come in time order. */
  give(ids: readonly string[], atMs: number, candidates: number): void {
    while (this.#first < this.#given.length && this.#given[this.#first]!.atMs <= atMs - WINDOW_MS) {
      this.#add(this.#given[this.#first++]!.id, -1)
    }
    for (const id of ids) {
      this.#given.push({ id, atMs })
      this.#add(id, 1)
    }
    const reviews = this.#given.length - this.#first
    if (ids.length > 0 && reviews >= MIN_REVIEWS) this.#figures.push(this.#most / Math.ceil(reviews / candidates))
  }

  /** The windows' 95th percentile (the nearest rank) and the highest; null where no window had enough reviews. */
  index(): { p95: number; highest: number } | null {
    if (this.#figures.length === 0) return null
    const sorted = this.#figures.toSorted((a, b) => a - b)
    return { p95: sorted[Math.ceil(sorted.length * 0.95) - 1]!, highest: sorted.at(-1)! }
  }

  #add(id: string, difference: 1 | -1): void {
    const before = this.#counts.get(id) ?? 0
    const now = before + difference
    this.#counts.set(id, now)
    if (before > 0) this.#peopleWith[before]!--
    this.#peopleWith[now] = (this.#peopleWith[now] ?? 0) + 1
    if (now > this.#most || (before === this.#most && this.#peopleWith[before] === 0)) this.#most = now
  }
}
