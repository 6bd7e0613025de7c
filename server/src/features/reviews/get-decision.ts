import type { Actor } from '../../shared/actor.ts'
import { listDecisions, type DecisionRecord } from './queries/decisions.ts'
import { unknownPullRequest } from './refusals.ts'
import type { Reviews } from './reviews.ts'
import { rostersAt } from './rosters-at.ts'

/** Every decision about a pull request, in the order they were made. */
export async function getDecision(
  { db, workspaceId }: Pick<Reviews, 'db' | 'workspaceId'>,
  _actor: Actor,
  { pullRequestId }: { pullRequestId: string },
): Promise<DecisionRecord[]> {
  const decisions = await listDecisions(db, workspaceId, pullRequestId, rostersAt(db, workspaceId))
  if (decisions.length === 0) throw unknownPullRequest(pullRequestId)
  return decisions
}
