import type { Ranker } from '../ranker.ts'
import { byScore } from './by-score.ts'

const WINDOW_MS = 30 * 86_400_000

/**
 * GitHub's load balance: whoever has been asked for the fewest reviews in the last 30 days, whatever the change is about
 * (https://docs.github.com/organizations/organizing-members-into-teams/managing-code-review-settings-for-your-team).
 */
export function githubLoadBalance(): Ranker {
  const asked: { id: string; atMs: number }[] = []
  const counts = new Map<string, number>()
  let first = 0

  function add(id: string, difference: number): void {
    counts.set(id, (counts.get(id) ?? 0) + difference)
  }
  return {
    name: 'github-load-balance',
    rank({ openedMs, wanted }, candidates) {
      for (; first < asked.length && asked[first]!.atMs < openedMs - WINDOW_MS; first++) add(asked[first]!.id, -1)
      const ranked = byScore(candidates, (id) => -(counts.get(id) ?? 0))
      for (const id of ranked.slice(0, wanted)) {
        asked.push({ id, atMs: openedMs })
        add(id, 1)
      }
      return ranked
    },
    learn: () => undefined,
  }
}
