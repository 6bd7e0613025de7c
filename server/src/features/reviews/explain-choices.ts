import type { Executor } from '../../infra/db/database.ts'
import { choiceOf, type Choice } from './domain/choice.ts'
import type { MembersAt } from './domain/decision-record.ts'
import { findDecisions } from './queries/decisions.ts'

/** A decision, and one of those it chose. */
export type Chosen = { pullRequestId: string; number: number; userId: string }

/** Why these people were chosen, in the order given; null where there is no such decision. */
export async function explainChoices(
  { db, workspaceId, membersAt }: { db: Executor; workspaceId: number; membersAt: MembersAt },
  chosen: readonly Chosen[],
): Promise<(Choice | null)[]> {
  const records = await findDecisions(db, workspaceId, chosen, membersAt)
  const byKey = new Map(records.map((record) => [`${record.number} ${record.pullRequestId}`, record.decision]))
  return chosen.map(({ pullRequestId, number, userId }) => {
    const decision = byKey.get(`${number} ${pullRequestId}`)
    return decision === undefined ? null : choiceOf(decision, userId)
  })
}
