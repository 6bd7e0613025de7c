import type { Ranker } from '../ranker.ts'
import { byScore } from './by-score.ts'

/** Whoever has reviewed this author most often, then whoever has reviewed most. */
export function authorAffinity(): Ranker {
  const reviews = new Map<string, number>()
  const ofAuthor = new Map<string, Map<string, number>>()
  return {
    name: 'author-affinity',
    rank({ authorId }, candidates) {
      const own = ofAuthor.get(authorId) ?? new Map<string, number>()
      return byScore(
        candidates,
        (id) => own.get(id) ?? 0,
        (id) => reviews.get(id) ?? 0,
      )
    },
    learn({ authorId, reviewerIds }) {
      const own = ofAuthor.get(authorId) ?? new Map<string, number>()
      ofAuthor.set(authorId, own)
      for (const id of reviewerIds) {
        own.set(id, (own.get(id) ?? 0) + 1)
        reviews.set(id, (reviews.get(id) ?? 0) + 1)
      }
    },
  }
}
