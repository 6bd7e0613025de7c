import type { Ranker } from '../ranker.ts'
import { byScore } from './by-score.ts'
import { ReviewedPaths } from './revfinder/reviewed-paths.ts'

const YEAR_MS = 365 * 86_400_000

type Review = { files: readonly string[]; reviewers: readonly number[]; landedMs: number }

/**
 * RevFinder: who reviewed files with similar paths, by four comparisons whose rankings are put together by Borda count;
 * P. Thongtanunam and others: Who Should Review My Code?, SANER 2015. The paper looks at all reviews before; here it is those of the
 * last year, as with the candidates. The paper does not say what becomes of ties: here who is equally similar has the same place,
 * and of those with equally many points in the end whoever has reviewed more goes first.
 */
export function revfinder(): Ranker {
  const paths = new ReviewedPaths()
  const numbers = new Map<string, number>()
  const reviewCounts: number[] = []
  const reviews: Review[] = []
  let oldest = 0

  function numberOf(id: string): number {
    const known = numbers.get(id)
    if (known !== undefined) return known
    numbers.set(id, reviewCounts.length)
    return reviewCounts.push(0) - 1
  }
  function count({ files, reviewers }: Review, sign: 1 | -1): void {
    paths.count(files, reviewers, sign)
    for (const number of reviewers) reviewCounts[number]! += sign
  }
  function forgetBefore(atMs: number): void {
    while (oldest < reviews.length && reviews[oldest]!.landedMs < atMs) count(reviews[oldest++]!, -1)
  }
  return {
    name: 'revfinder',
    rank({ files, openedMs }, candidates) {
      forgetBefore(openedMs - YEAR_MS)
      const scores = paths.scoresFor(files, reviewCounts.length)
      const points = new Map<string, number>()
      for (const score of scores) addBorda(points, candidates, (id) => score[numbers.get(id) ?? -1] ?? 0)
      return byScore(
        [...points.keys()],
        (id) => points.get(id)!,
        (id) => reviewCounts[numbers.get(id)!]!,
      )
    },
    learn({ files, reviewerIds, landedMs }) {
      if (files.length === 0 || reviewerIds.length === 0) return
      const review = { files, reviewers: reviewerIds.map(numberOf), landedMs }
      reviews.push(review)
      count(review, 1)
    },
  }
}

/** Everybody with a score gets a point for each candidate whose score is lower. */
function addBorda(points: Map<string, number>, candidates: readonly string[], scoreOf: (id: string) => number): void {
  const scored = candidates.map((id) => ({ id, score: scoreOf(id) })).filter(({ score }) => score > 0)
  scored.sort((a, b) => a.score - b.score)
  const without = candidates.length - scored.length
  let lower = 0
  scored.forEach(({ id, score }, place) => {
    if (place > 0 && score !== scored[place - 1]!.score) lower = place
    points.set(id, (points.get(id) ?? 0) + without + lower)
  })
}
