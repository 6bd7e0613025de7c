import { looksAtRoster } from './domain/decision-record.ts'
import type { Decision } from './domain/decision.ts'
import { decideAgain, isSameDecision } from './domain/replay.ts'
import { countDecisions, listAllDecisions, type DecisionRecord } from './queries/decisions.ts'
import type { Reviews } from './reviews.ts'
import { rostersAt } from './rosters-at.ts'

const PAGE_SIZE = 500

export type Difference = { record: DecisionRecord; again: Decision }
export type ReplayReport = { replayed: number; differences: Difference[] }

/** Decides every recorded decision again and collects those that come out otherwise: there must be none. */
export async function replayDecisions(
  deps: Pick<Reviews, 'db' | 'workspaceId'>,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<ReplayReport> {
  const membersAt = rostersAt(deps.db, deps.workspaceId)
  const total = await countDecisions(deps.db, deps.workspaceId)
  const report: ReplayReport = { replayed: 0, differences: [] }
  let after = { pullRequestId: '', number: 0 }
  for (;;) {
    const page = await listAllDecisions(deps.db, deps.workspaceId, { after, limit: PAGE_SIZE }, membersAt)
    for (const record of page) {
      const { decision } = record
      const members = looksAtRoster(decision) ? await membersAt(decision.teamName, decision.rosterVersion) : undefined
      const again = decideAgain(decision, members)
      if (!isSameDecision(decision, again)) report.differences.push({ record, again })
      report.replayed++
    }
    onProgress(report.replayed, Math.max(total, report.replayed))
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE_SIZE) return report
    after = { pullRequestId: last.pullRequestId, number: last.number }
  }
}
