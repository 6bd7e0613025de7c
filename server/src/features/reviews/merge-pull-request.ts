import type { BatchOutcome } from '../../infra/batch/batcher.ts'
import { runCalls, type Call } from '../../infra/db/commands.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { mergePullRequests } from './queries/pull-requests.ts'
import { unknownPullRequest } from './refusals.ts'
import type { Deciding, Reviews } from './reviews.ts'

/** Merges a pull request; repeating it is harmless and keeps the first time of merging. */
export function mergePullRequest(
  { merges }: Pick<Reviews, 'merges'>,
  call: Call<{ pullRequestId: string }>,
): Promise<PullRequest> {
  return merges.submit(call)
}

/** `mergePullRequest` for different pull requests, in one transaction. */
export function mergePullRequestBatch(
  deps: Deciding,
  calls: readonly Call<{ pullRequestId: string }>[],
): Promise<readonly BatchOutcome<PullRequest>[]> {
  return runCalls(deps, calls, async (tx, fresh) => {
    const ids = fresh.map(({ input }) => input.pullRequestId)
    const merged = await tx.runAndCommit(mergePullRequests(deps.workspaceId, ids))
    const byId = new Map(merged.map(({ isNewlyMerged: _, ...pullRequest }) => [pullRequest.pullRequestId, pullRequest]))
    return {
      outcomes: ids.map((id): BatchOutcome<PullRequest> => {
        const pullRequest = byId.get(id)
        return pullRequest === undefined
          ? { ok: false, error: unknownPullRequest(id) }
          : { ok: true, value: pullRequest }
      }),
      afterCommit: () => {
        const closed = merged.filter(({ isNewlyMerged }) => isNewlyMerged).flatMap(({ reviewerIds }) => reviewerIds)
        for (const reviewerId of closed) deps.openReviews.add(reviewerId, -1)
      },
    }
  })
}
