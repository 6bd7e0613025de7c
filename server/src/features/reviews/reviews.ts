import type { Context } from '../../context.ts'
import { createBatcher, type Batcher, type BatchOutcome } from '../../infra/batch/batcher.ts'
import type { Call } from '../../infra/db/commands.ts'
import { isWorthRetryingAlone } from '../../infra/db/database-errors.ts'
import type { People } from '../people/index.ts'
import { createPullRequests, type PullRequestRequest } from './create-pull-request.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { mergePullRequestBatch } from './merge-pull-request.ts'
import { OpenReviews } from './open-reviews.ts'
import { reassignReviewers, type ReassignRequest, type Reassigned } from './reassign-reviewer.ts'

/** What deciding takes; a use case that runs in a batch gets no more. */
export type Deciding = Pick<Context, 'db' | 'workspaceId' | 'nextSeed'> &
  Pick<People, 'rosters'> & { openReviews: OpenReviews }

/** What the use cases of this feature share within a process. */
export type Reviews = Deciding & {
  creates: Batcher<Call<PullRequestRequest>, PullRequest>
  reassigns: Batcher<Call<ReassignRequest>, Reassigned>
  merges: Batcher<Call<{ pullRequestId: string }>, PullRequest>
}

export function createReviews(context: Context, { rosters }: Pick<People, 'rosters'>, maxBatchSize: number): Reviews {
  const { db, workspaceId, nextSeed, monotonicMs } = context
  const deps: Deciding = { db, workspaceId, nextSeed, rosters, openReviews: new OpenReviews(monotonicMs) }

  function batcher<Input extends { pullRequestId: string }, Result>(
    run: (deps: Deciding, calls: readonly Call<Input>[]) => Promise<readonly BatchOutcome<Result>[]>,
  ): Batcher<Call<Input>, Result> {
    return createBatcher({
      maxSize: maxBatchSize,
      run: (calls) => run(deps, calls),
      keysOf: ({ input, once }) => [`pr:${input.pullRequestId}`, ...(once === null ? [] : [`once:${once.key}`])],
      isWorthRetryingAlone,
    })
  }

  return {
    ...deps,
    creates: batcher(createPullRequests),
    reassigns: batcher(reassignReviewers),
    merges: batcher(mergePullRequestBatch),
  }
}
