import type { Figure } from './figures.ts'

/** How old an answer may get before the question is asked again. */
const MAX_AGE_MS = 5000
/** A worker has a second to report to its supervisor. */
const ANSWER_WITHIN_MS = 500

type Read = () => Promise<readonly Figure[]>

/** Asks at most once at a time and every `MAX_AGE_MS`; what fails or is late gives nothing. */
export function rarely(read: Read, maxAgeMs = MAX_AGE_MS, answerWithinMs = ANSWER_WITHIN_MS): Read {
  let latest: { figures: readonly Figure[]; atMs: number } | null = null
  let asking: Promise<readonly Figure[]> | null = null

  async function ask(): Promise<readonly Figure[]> {
    const figures = await read()
    latest = { figures, atMs: performance.now() }
    return figures
  }

  return async () => {
    if (latest !== null && performance.now() - latest.atMs < maxAgeMs) return latest.figures
    asking ??= ask().finally(() => {
      asking = null
    })
    return Promise.race([asking.catch(() => []), Bun.sleep(answerWithinMs).then(() => [])])
  }
}
