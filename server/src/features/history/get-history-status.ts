import type { Actor } from '../../shared/actor.ts'
import type { History } from './history.ts'
import { listHistories } from './queries/past-changes.ts'

export type HistoryStatus = {
  changes: number
  firstLandedAt: string | null
  lastLandedAt: string | null
  repositories: readonly { repository: string; changes: number; lastLandedAt: string }[]
}

/** What was imported, by repository; of all of them or of one. */
export async function getHistoryStatus(
  { db, workspaceId }: Pick<History, 'db' | 'workspaceId'>,
  _actor: Actor,
  { repository }: { repository: string | null },
): Promise<HistoryStatus> {
  const histories = await listHistories(db, workspaceId, repository)
  return {
    changes: histories.reduce((sum, { changes }) => sum + changes, 0),
    // All times have the same length, so that texts compare as times.
    firstLandedAt: histories.map(({ firstLandedAt }) => firstLandedAt).toSorted()[0] ?? null,
    lastLandedAt:
      histories
        .map(({ lastLandedAt }) => lastLandedAt)
        .toSorted()
        .at(-1) ?? null,
    repositories: histories,
  }
}
