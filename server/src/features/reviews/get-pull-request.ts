import type { Actor } from '../../shared/actor.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { findPullRequest } from './queries/pull-requests.ts'
import { unknownPullRequest } from './refusals.ts'
import type { Reviews } from './reviews.ts'

export async function getPullRequest(
  { db, workspaceId }: Pick<Reviews, 'db' | 'workspaceId'>,
  _actor: Actor,
  { pullRequestId }: { pullRequestId: string },
): Promise<PullRequest> {
  const pullRequest = await findPullRequest(db, workspaceId, pullRequestId)
  if (pullRequest === undefined) throw unknownPullRequest(pullRequestId)
  return pullRequest
}
