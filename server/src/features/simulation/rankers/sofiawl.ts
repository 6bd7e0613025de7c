import type { Ranker } from '../ranker.ts'
import { byScore } from './by-score.ts'

/**
 * SofiaWL: where a file of the change would be left to one person who knows it, somebody who learns it; else whoever knows the files,
 * by e^(0.5 · open reviews) less the more they have open. From F. Hajari, S. Malmir, E. Mirsaeedi, P. Rigby: Factoring Expertise,
 * Workload, and Turnover into Code Review Recommendation, IEEE TSE 2024. Knowing a file is having written or reviewed it, or, for
 * half as much, one beside it; who may stay is told by how much of a year's months they were active in.
 */
export function sofiaWl(): Ranker {
  const knowing = new Map<string, Set<string>>()
  const knowingFolder = new Map<string, Set<string>>()
  const activeMonths = new Map<string, Set<number>>()
  const openReviews = new Map<string, number>()
  const given = new Map<string, readonly string[]>()

  function knowledgeOf(id: string, files: readonly string[]): number {
    const parts = files.map((path) => {
      if (knowing.get(path)?.has(id) === true) return 1
      return knowingFolder.get(folderOf(path))?.has(id) === true ? 0.5 : 0
    })
    return parts.reduce<number>((sum, part) => sum + part, 0) / Math.max(1, files.length)
  }
  function stayingOf(id: string, month: number): number {
    return [...(activeMonths.get(id) ?? [])].filter((active) => active > month - 12).length / 12
  }
  return {
    name: 'sofiawl',
    rank({ id, files, openedMs, wanted }, candidates) {
      const known = new Set(candidates)
      const isAtRisk = files.some((path) => [...(knowing.get(path) ?? [])].filter((one) => known.has(one)).length <= 1)
      const busyness = (one: string) => Math.exp(0.5 * (openReviews.get(one) ?? 0))
      const month = monthOf(openedMs)
      const ranked = byScore(candidates, (one) => {
        const knowledge = knowledgeOf(one, files)
        return (isAtRisk ? (1 - knowledge) * stayingOf(one, month) : knowledge) / busyness(one)
      })
      given.set(id, ranked.slice(0, wanted))
      for (const one of given.get(id)!) openReviews.set(one, (openReviews.get(one) ?? 0) + 1)
      return ranked
    },
    learn({ id, authorId, reviewerIds, files, landedMs }) {
      for (const one of given.get(id) ?? []) openReviews.set(one, openReviews.get(one)! - 1)
      given.delete(id)
      for (const one of [authorId, ...reviewerIds]) {
        addTo(activeMonths, one, monthOf(landedMs))
        for (const path of files) {
          addTo(knowing, path, one)
          addTo(knowingFolder, folderOf(path), one)
        }
      }
    },
  }
}

function addTo<Value>(sets: Map<string, Set<Value>>, key: string, value: Value): void {
  const set = sets.get(key) ?? new Set<Value>()
  sets.set(key, set.add(value))
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function monthOf(atMs: number): number {
  return Math.floor(atMs / (30 * 86_400_000))
}
