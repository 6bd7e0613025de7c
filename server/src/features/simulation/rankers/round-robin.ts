import { compareIds } from '../../../shared/ids.ts'
import type { Ranker } from '../ranker.ts'

/** Everybody in turn, by id, beginning after whoever had the turn before. */
export function roundRobin(): Ranker {
  let last: string | null = null
  return {
    name: 'round-robin',
    rank(_, candidates) {
      const hadTurn = (id: string) => last !== null && compareIds(id, last) <= 0
      const inTurn = candidates.toSorted((a, b) => Number(hadTurn(a)) - Number(hadTurn(b)) || compareIds(a, b))
      last = inTurn[0] ?? last
      return inTurn
    },
    learn: () => undefined,
  }
}
