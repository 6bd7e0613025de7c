import { gini, topFifthShare } from '../../features/insights/index.ts'
import type { HistoryEvent } from './events.ts'
import type { Change } from './read.ts'

/** Who reviewed a change: in the history, or by Tandem. */
export type ReviewersOf = (change: Change) => readonly string[]

export type Spread = {
  reviews: number
  /** People with at least one review. */
  reviewers: number
  /** Over everybody who may review, those with no review too. */
  gini: number
  topFifthShare: number
  /** Over those with at least one review. */
  giniOfReviewers: number
  busiestShare: number
}

/** How evenly the reviews of `changes` that fell to `people` are spread among them. */
export function spreadOf(changes: readonly Change[], people: readonly string[], reviewersOf: ReviewersOf): Spread {
  const counts = new Map(people.map((person) => [person, 0]))
  for (const reviewer of changes.flatMap(reviewersOf)) {
    const count = counts.get(reviewer)
    if (count !== undefined) counts.set(reviewer, count + 1)
  }
  const loads = [...counts.values()]
  const busy = loads.filter((count) => count > 0)
  const reviews = loads.reduce((sum, count) => sum + count, 0)
  const busiest = loads.reduce((most, count) => Math.max(most, count), 0)
  return {
    reviews,
    reviewers: busy.length,
    gini: gini(loads),
    topFifthShare: topFifthShare(loads),
    giniOfReviewers: gini(busy),
    busiestShare: reviews === 0 ? 0 : busiest / reviews,
  }
}

/** The most reviews that one person had open at any moment. */
export function mostOpenReviews(events: readonly HistoryEvent[], reviewersOf: ReviewersOf): number {
  const open = new Map<string, number>()
  let most = 0
  for (const { kind, change } of events) {
    for (const reviewer of reviewersOf(change)) {
      const count = (open.get(reviewer) ?? 0) + (kind === 'open' ? 1 : -1)
      open.set(reviewer, count)
      most = Math.max(most, count)
    }
  }
  return most
}

/** How many changes have 0, 1, 2 and more than 2 reviewers. */
export function countByReviewers(
  changes: readonly Change[],
  reviewersOf: ReviewersOf,
): [none: number, one: number, two: number, more: number] {
  const counts: [number, number, number, number] = [0, 0, 0, 0]
  for (const change of changes) counts[Math.min(reviewersOf(change).length, 3)]!++
  return counts
}

/** The share of the picks that really reviewed that change. */
export function hitRate(changes: readonly Change[], picksOf: ReviewersOf): number {
  const hits = changes.flatMap((change) => picksOf(change).map((pick) => change.reviewerIds.includes(pick)))
  return hits.length === 0 ? 0 : hits.filter(Boolean).length / hits.length
}
