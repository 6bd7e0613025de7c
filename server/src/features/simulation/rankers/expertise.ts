import { ExpertiseIndex, rankCandidates } from '../../reviews/index.ts'
import type { Ranker } from '../ranker.ts'

/** Tandem's own rule, with this weight of the load. */
export function expertise(loadWeight: number): Ranker {
  const index = new ExpertiseIndex()
  return {
    name: `expertise, λ = ${loadWeight}`,
    rank({ authorId, files, openedMs, wanted }, candidates) {
      const numbers = candidates.flatMap((id) => index.numberOf(id) ?? [])
      const ranked = rankCandidates(index, { authorId, files, openedMs }, numbers, loadWeight)
      const ids = ranked.map(({ userId }) => userId)
      index.assign(ids.slice(0, wanted), openedMs)
      return ids
    },
    learn: (change) => index.learn(change),
  }
}
