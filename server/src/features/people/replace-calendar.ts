import type { Tx } from '../../infra/db/database.ts'
import { changeOfSpans, type Span } from './domain/spans.ts'
import { deleteAbsences, insertCalendarSpans, listCalendarSpans } from './queries/absences.ts'
import { raiseVersion } from './queries/rosters.ts'

/** Makes these the absences somebody's calendar tells of; says whether any that is not over has changed. The caller holds the team. */
export async function replaceCalendar(
  tx: Tx,
  owner: { workspaceId: number; userId: string; teamName: string },
  spans: readonly Span[],
  nowMs: number,
): Promise<boolean> {
  const { workspaceId, userId, teamName } = owner
  const { gone, come } = changeOfSpans(await listCalendarSpans(tx, workspaceId, userId), spans)
  // What is over changes no decision, and each day some of it leaves the window that is read.
  const matters = [...gone, ...come].some(({ endsMs }) => endsMs > nowMs)
  if (!matters && come.length === 0) return false
  const goneIds = gone.map(({ absenceId }) => absenceId)
  await Promise.all([
    tx.run(deleteAbsences(workspaceId, goneIds)),
    tx.run(insertCalendarSpans(workspaceId, userId, come)),
    ...(matters ? [tx.run(raiseVersion(workspaceId, teamName))] : []),
  ])
  return matters
}
