import type { Context } from '../../context.ts'
import { createReader, type Reader } from '../../infra/batch/reader.ts'
import type { Actor } from '../../shared/actor.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { findPullRequests } from './queries/pull-requests.ts'
import { unknownPullRequest } from './refusals.ts'
import type { Reviews } from './reviews.ts'

export type PullRequestReader = Reader<PullRequest>

export function pullRequestReader(
  { db, workspaceId }: Pick<Context, 'db' | 'workspaceId'>,
  batching: Context['batching'],
): PullRequestReader {
  return createReader((ids) => findPullRequests(db, workspaceId, ids), batching)
}

export async function getPullRequest(
  { pullRequests }: Pick<Reviews, 'pullRequests'>,
  _actor: Actor,
  { pullRequestId }: { pullRequestId: string },
): Promise<PullRequest> {
  const pullRequest = await pullRequests.submit(pullRequestId)
  if (pullRequest === undefined) throw unknownPullRequest(pullRequestId)
  return pullRequest
}
