import type { Context } from '../../context.ts'
import { createReader, type Reader } from '../../infra/batch/reader.ts'
import type { Actor } from '../../shared/actor.ts'
import type { FullPullRequest } from './domain/pull-request.ts'
import { findPullRequests } from './queries/pull-requests.ts'
import { unknownPullRequest } from './refusals.ts'
import type { Reviews } from './reviews.ts'

export type PullRequestReader = Reader<FullPullRequest>

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
): Promise<FullPullRequest> {
  const pullRequest = await pullRequests.submit(pullRequestId)
  if (pullRequest === undefined) throw unknownPullRequest(pullRequestId)
  return pullRequest
}
