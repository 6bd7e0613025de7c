import { listRosterAt, type RosterMember } from '../people/index.ts'
import type { Decision } from './domain/decision.ts'
import { decideAgain, isSameDecision } from './domain/replay.ts'
import { countDecisions, listAllDecisions, type DecisionRecord } from './queries/decisions.ts'
import type { Reviews } from './reviews.ts'

const PAGE_SIZE = 500
const MAX_ROSTERS = 200

export type Difference = { record: DecisionRecord; again: Decision }
export type ReplayReport = { replayed: number; differences: Difference[] }

/** Decides every recorded decision again and collects those that come out otherwise: there must be none. */
export async function replayDecisions(
  deps: Pick<Reviews, 'db' | 'workspaceId'>,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<ReplayReport> {
  const rosterAt = rememberRosters(deps)
  const total = await countDecisions(deps.db, deps.workspaceId)
  const report: ReplayReport = { replayed: 0, differences: [] }
  let after = { pullRequestId: '', number: 0 }
  for (;;) {
    const page = await listAllDecisions(deps.db, deps.workspaceId, { after, limit: PAGE_SIZE })
    for (const record of page) {
      const again = decideAgain(record.decision, await rosterFor(record.decision, rosterAt))
      if (!isSameDecision(record.decision, again)) report.differences.push({ record, again })
      report.replayed++
    }
    onProgress(report.replayed, Math.max(total, report.replayed))
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE_SIZE) return report
    after = { pullRequestId: last.pullRequestId, number: last.number }
  }
}

type RosterAt = (teamName: string, version: number) => Promise<readonly RosterMember[]>

/** A hand-over looks at a short list that the plan made, not at the whole roster. */
function rosterFor({ kind, teamName, rosterVersion }: Decision, rosterAt: RosterAt) {
  return kind === 'create' || kind === 'reassign' ? rosterAt(teamName, rosterVersion) : undefined
}

function rememberRosters({ db, workspaceId }: Pick<Reviews, 'db' | 'workspaceId'>): RosterAt {
  const known = new Map<string, readonly RosterMember[]>()
  return async (teamName, version) => {
    const key = `${version} ${teamName}`
    const roster = known.get(key) ?? (await listRosterAt(db, workspaceId, teamName, version))
    if (known.size >= MAX_ROSTERS) known.clear()
    known.set(key, roster)
    return roster
  }
}
