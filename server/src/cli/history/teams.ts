import { compareIds } from '../../shared/ids.ts'
import type { Change } from './read.ts'

export type HistoryTeam = {
  name: string
  memberIds: readonly string[]
  /** The members who may be asked to review. */
  candidateIds: readonly string[]
}

export type WhoMayReview = 'everybody' | 'reviewers'

const SMALLEST_TEAM = 3
const TEAM_OF_SMALL_FOLDERS = 'other'

/**
 * Everybody who authored or reviewed goes to the top-level folder most of those files stand in (of equals the first by
 * name). Folders of fewer than three people become one team. Teams by size, the largest first. Everybody may review, or
 * only those who did in the history.
 */
export function teamsOf(changes: readonly Change[], whoMayReview: WhoMayReview): HistoryTeam[] {
  const reviewers = new Set(changes.flatMap(({ reviewerIds }) => reviewerIds))
  const mayReview = (id: string) => whoMayReview === 'everybody' || reviewers.has(id)
  const folders = Map.groupBy(filesByPerson(changes), ([, counts]) => mostTouched(counts))
  const teams = new Map<string, string[]>()
  for (const [folder, people] of folders) {
    const name = people.length < SMALLEST_TEAM ? TEAM_OF_SMALL_FOLDERS : folder
    teams.set(name, [...(teams.get(name) ?? []), ...people.map(([person]) => person)])
  }
  return [...teams]
    .map(([name, people]) => {
      const memberIds = people.toSorted(compareIds)
      return { name, memberIds, candidateIds: memberIds.filter(mayReview) }
    })
    .toSorted((a, b) => b.memberIds.length - a.memberIds.length || compareIds(a.name, b.name))
}

function filesByPerson(changes: readonly Change[]): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>()
  for (const { authorId, reviewerIds, filesByFolder } of changes) {
    for (const person of [authorId, ...reviewerIds]) {
      const touched = counts.get(person) ?? new Map<string, number>()
      for (const [folder, files] of filesByFolder) touched.set(folder, (touched.get(folder) ?? 0) + files)
      counts.set(person, touched)
    }
  }
  return counts
}

function mostTouched(counts: ReadonlyMap<string, number>): string {
  const [most] = [...counts].toSorted(([a, countOfA], [b, countOfB]) => countOfB - countOfA || compareIds(a, b))
  return most![0]
}
