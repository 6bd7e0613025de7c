import type { PastChange } from './ranker.ts'

/** When each person last wrote or reviewed something. */
export class Activity {
  readonly #lastMs = new Map<string, number>()

  learn({ authorId, reviewerIds, landedMs }: PastChange): void {
    for (const id of [authorId, ...reviewerIds]) this.#lastMs.set(id, landedMs)
  }

  since(sinceMs: number): string[] {
    return [...this.#lastMs].filter(([, lastMs]) => lastMs >= sinceMs).map(([id]) => id)
  }
}
