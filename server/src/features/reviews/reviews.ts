import type { Batching, Context } from '../../context.ts'
import { createBatcher, type Batcher, type BatchOutcome } from '../../infra/batch/batcher.ts'
import type { Call } from '../../infra/db/commands.ts'
import { retryWithout } from '../../infra/db/database-errors.ts'
import type { OwnersFiles } from '../owners/index.ts'
import type { People } from '../people/index.ts'
import { assumingThenHolding } from './assumed.ts'
import { createAssumedPullRequests, createPullRequests, type PullRequestRequest } from './create-pull-request.ts'
import { DecisionFigures } from './decision-figures.ts'
import { PeopleNumbers } from './domain/people-numbers.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { Expertise } from './expertise.ts'
import { followOthers } from './follow-others.ts'
import { pullRequestReader, type PullRequestReader } from './get-pull-request.ts'
import { reviewReader, type ReviewReader } from './get-review.ts'
import { mergeFreePullRequests, mergeHeldPullRequests } from './merge-pull-request.ts'
import { OpenReviews } from './open-reviews.ts'
import {
  reassignAssumedReviewers,
  reassignReviewers,
  type ReassignRequest,
  type Reassigned,
} from './reassign-reviewer.ts'
import { RecentPullRequests } from './recent-pull-requests.ts'

/** What deciding takes; a use case that runs in a batch gets no more. */
export type Deciding = Pick<Context, 'db' | 'workspaceId' | 'answers' | 'nextSeed' | 'nowMs'> &
  Pick<People, 'rosters'> & {
    openReviews: OpenReviews
    recent: RecentPullRequests
    expertise: Expertise
    decided: DecisionFigures
    owners: Pick<OwnersFiles, 'get' | 'load'>
    /** Whom this process chose last in teams that do not want the same people twice in a row. */
    lastChosen: Map<string, readonly string[]>
    /** Whose turn came last by trial policies, as far as this process decided. */
    trialTurns: Map<string, string>
  }

type Commands<Input, Result> = Pick<Batcher<Call<Input>, Result>, 'submit'>

/** What the use cases of this feature share within a process. */
export type Reviews = Deciding & {
  creates: Commands<PullRequestRequest, PullRequest>
  reassigns: Commands<ReassignRequest, Reassigned>
  merges: Commands<{ pullRequestId: string }, PullRequest>
  pullRequests: PullRequestReader
  reviews: ReviewReader
}

export function createReviews(
  context: Context,
  { rosters, owners }: Pick<People, 'rosters'> & { owners: Pick<OwnersFiles, 'get' | 'load'> },
): Reviews {
  const { db, workspaceId, answers, batching, nextSeed, nowMs, monotonicMs } = context
  const numbers = new PeopleNumbers()
  const deps: Deciding = {
    db,
    workspaceId,
    answers,
    nextSeed,
    nowMs,
    rosters,
    owners,
    openReviews: new OpenReviews(numbers, monotonicMs, () => answers.isCurrent),
    recent: new RecentPullRequests(),
    expertise: new Expertise({ ...context, numbers }),
    decided: new DecisionFigures(),
    lastChosen: new Map(),
    trialTurns: new Map(),
  }
  followOthers(deps)

  function batcher<Input extends { pullRequestId: string }, Result>(
    run: (deps: Deciding, calls: readonly Call<Input>[]) => Promise<readonly BatchOutcome<Result>[]>,
    limits: Partial<Batching> = {},
  ): Batcher<Call<Input>, Result> {
    return createBatcher({
      ...batching,
      ...limits,
      name: run.name,
      run: (calls) => run(deps, calls),
      keysOf: ({ input, once }) => [`pr:${input.pullRequestId}`, ...(once === null ? [] : [`once:${once.key}`])],
      retry: retryWithout,
    })
  }

  // What is counted anew in one of them is not seen by another that counts anew at the same time.
  const oneByOne = { maxInFlight: 1 }
  return {
    ...deps,
    creates: assumingThenHolding(batcher(createAssumedPullRequests), batcher(createPullRequests, oneByOne)),
    reassigns: assumingThenHolding(batcher(reassignAssumedReviewers), batcher(reassignReviewers, oneByOne)),
    merges: assumingThenHolding(batcher(mergeFreePullRequests), batcher(mergeHeldPullRequests)),
    pullRequests: pullRequestReader(deps, batching),
    reviews: reviewReader(deps, batching),
  }
}
