import type { PastChange } from '../ranker.ts'
import { quarterOf } from './quarters.ts'

/**
 * Who really wrote or reviewed something in a quarter, of the whole history: what measures may know, and rules may not. Null for a
 * quarter that the history does not reach the end of.
 */
export type ActiveIn = (quarter: number) => ReadonlySet<string> | null

export function activityByQuarter(changes: readonly PastChange[]): ActiveIn {
  const active = new Map<number, Set<string>>()
  let last = -Infinity
  for (const { authorId, reviewerIds, landedMs } of changes) {
    const quarter = quarterOf(landedMs)
    const people = active.get(quarter) ?? new Set()
    active.set(quarter, people.add(authorId))
    for (const id of reviewerIds) people.add(id)
    last = Math.max(last, quarter)
  }
  return (quarter) => (quarter >= last ? null : (active.get(quarter) ?? new Set()))
}
