import { countByReviewers, hitRate, mostOpenReviews, spreadOf, type ReviewersOf, type Spread } from './evenness.ts'
import type { HistoryEvent } from './events.ts'
import type { Change } from './read.ts'
import type { HistoryTeam } from './teams.ts'

export type Side = Spread & {
  mostOpenReviews: number
  /** Changes with 0, 1, 2 and more than 2 reviewers. */
  byReviewers: readonly [none: number, one: number, two: number, more: number]
}
export type TeamComparison = {
  team: string
  people: number
  candidates: number
  pullRequests: number
  tandem: Spread
  history: Spread
}
export type Comparison = {
  pullRequests: number
  people: number
  /** Of the people, those who may be asked to review. */
  candidates: number
  tandem: Side
  history: Side
  /** The share of Tandem's picks that really reviewed that change. */
  hitRate: number
  byTeam: readonly TeamComparison[]
}

type Facts = { changes: readonly Change[]; teams: readonly HistoryTeam[]; events: readonly HistoryEvent[] }

/** Sets what Tandem assigned beside what really happened, measured in the same way. */
export function compare(
  { changes, teams, events }: Facts,
  assigned: ReadonlyMap<string, readonly string[]>,
): Comparison {
  const candidates = teams.flatMap(({ candidateIds }) => candidateIds)
  const byTandem: ReviewersOf = ({ id }) => assigned.get(id) ?? []
  const inHistory: ReviewersOf = ({ reviewerIds }) => reviewerIds
  const sideOf = (reviewersOf: ReviewersOf): Side => ({
    ...spreadOf(changes, candidates, reviewersOf),
    mostOpenReviews: mostOpenReviews(events, reviewersOf),
    byReviewers: countByReviewers(changes, reviewersOf),
  })
  const authored = new Map<string, number>()
  for (const { authorId } of changes) authored.set(authorId, (authored.get(authorId) ?? 0) + 1)
  return {
    pullRequests: changes.length,
    people: teams.reduce((sum, { memberIds }) => sum + memberIds.length, 0),
    candidates: candidates.length,
    tandem: sideOf(byTandem),
    history: sideOf(inHistory),
    hitRate: hitRate(changes, byTandem),
    byTeam: teams.map(({ name, memberIds, candidateIds }) => ({
      team: name,
      people: memberIds.length,
      candidates: candidateIds.length,
      pullRequests: memberIds.reduce((sum, id) => sum + (authored.get(id) ?? 0), 0),
      tandem: spreadOf(changes, candidateIds, byTandem),
      history: spreadOf(changes, candidateIds, inHistory),
    })),
  }
}
