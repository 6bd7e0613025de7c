import type { Ranker } from '../ranker.ts'
import { byScore } from './by-score.ts'

const DAY_MS = 86_400_000
const MONTH_MS = 30 * DAY_MS

type Authored = { changes: number; lastMs: number }

/**
 * Prow's rifle: whoever wrote most of the lines that a change touches, lines × 10 + recency × 5 and a bonus for owners
 * (kubernetes-sigs/prow#787). Histories have neither lines nor OWNERS files: a change of a file stands for its lines, as a part of all
 * its changes, recency falls from 1 to 0 in a year, and there is no bonus.
 */
export function prowRifle(): Ranker {
  const files = new Map<string, { changes: number; by: Map<string, Authored> }>()
  return {
    name: 'prow-rifle',
    rank({ files: paths, openedMs }, candidates) {
      const scores = new Map<string, number>()
      for (const path of paths) {
        const file = files.get(path)
        if (file === undefined) continue
        for (const [id, { changes, lastMs }] of file.by) {
          const recency = Math.max(0, 1 - (openedMs - lastMs) / (12 * MONTH_MS))
          scores.set(id, (scores.get(id) ?? 0) + (changes / file.changes) * 10 + recency * 5)
        }
      }
      const known = candidates.filter((id) => scores.has(id))
      return byScore(known, (id) => scores.get(id)!)
    },
    learn({ files: paths, authorId, landedMs }) {
      for (const path of paths) {
        const file = files.get(path) ?? { changes: 0, by: new Map<string, Authored>() }
        files.set(path, file)
        file.changes++
        file.by.set(authorId, { changes: (file.by.get(authorId)?.changes ?? 0) + 1, lastMs: landedMs })
      }
    },
  }
}
