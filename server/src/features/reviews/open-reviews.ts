/** How old load figures may get before they are counted again; what other processes assigned shows after that. */
const MAX_AGE_MS = 1000

/**
 * How many open reviews each member of the teams in use has. This process follows its own changes at once and those
 * of others by counting again; between the two a figure may lag, which costs evenness and never a rule.
 */
export class OpenReviews {
  readonly #counts = new Map<string, number>()
  readonly #countedAtMs = new Map<string, number>()
  readonly #monotonicMs: () => number

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  countOf(userId: string): number {
    return this.#counts.get(userId) ?? 0
  }

  isFresh(teamName: string): boolean {
    const countedAtMs = this.#countedAtMs.get(teamName)
    return countedAtMs !== undefined && this.#monotonicMs() - countedAtMs < MAX_AGE_MS
  }

  /** Takes a count of all members of a team. */
  replace(teamName: string, userIds: Iterable<string>, counts: ReadonlyMap<string, number>): void {
    for (const userId of userIds) this.#set(userId, counts.get(userId) ?? 0)
    this.#countedAtMs.set(teamName, this.#monotonicMs())
  }

  add(userId: string, difference: number): void {
    this.#set(userId, Math.max(0, this.countOf(userId) + difference))
  }

  #set(userId: string, count: number): void {
    if (count === 0) this.#counts.delete(userId)
    else this.#counts.set(userId, count)
  }
}
