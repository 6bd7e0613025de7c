const DAY_MS = 86_400_000
/** Stored values grow as the clock goes on; long before they overflow they are rebased. */
const MAX_EXPONENT = 512

/**
 * Exponential decay without a sweep: a weight given at time t is stored as weight · 2^(t / half-life), and a sum of stored
 * values is worth 2^(−now / half-life) of itself now.
 */
export class Decay {
  readonly #halfLifeMs: number
  #originMs: number | null = null

  constructor(halfLifeDays: number) {
    this.#halfLifeMs = halfLifeDays * DAY_MS
  }

  /** What one unit of now is when stored. */
  stored(atMs: number): number {
    this.#originMs ??= atMs
    return 2 ** ((atMs - this.#originMs) / this.#halfLifeMs)
  }

  /** What one stored unit is worth now. */
  worth(atMs: number): number {
    return this.#originMs === null ? 0 : 2 ** -((atMs - this.#originMs) / this.#halfLifeMs)
  }

  /** The factor for all stored values when it is time to begin anew, else null. */
  rebase(atMs: number): number | null {
    if (this.#originMs === null || (atMs - this.#originMs) / this.#halfLifeMs < MAX_EXPONENT) return null
    const factor = this.worth(atMs)
    this.#originMs = atMs
    return factor
  }
}
