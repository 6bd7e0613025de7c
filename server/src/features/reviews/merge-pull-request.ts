import type { BatchOutcome } from '../../infra/batch/batcher.ts'
import { acknowledge, runCalls, type Call, type Done } from '../../infra/db/commands.ts'
import { actorLabel } from '../../shared/actor.ts'
import { changesByMerging } from './answers.ts'
import { STALE, type Assumed } from './assumed.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { lockPullRequests, mergePullRequests, type FoundOrMerged, type Merging } from './queries/pull-requests.ts'
import { unknownPullRequest } from './refusals.ts'
import type { Deciding, Reviews } from './reviews.ts'

type MergeCall = Call<{ pullRequestId: string }>

/** Merges a pull request; repeating it is harmless and keeps the first time of merging. */
export function mergePullRequest({ merges }: Pick<Reviews, 'merges'>, call: MergeCall): Promise<PullRequest> {
  return merges.submit(call)
}

/**
 * `mergePullRequest` for different pull requests, in one statement. The outcome is `STALE`, and nothing was done, where
 * another transaction got in between, and for calls with a key.
 */
export async function mergeFreePullRequests(
  deps: Deciding,
  calls: readonly MergeCall[],
): Promise<readonly BatchOutcome<Assumed<PullRequest>>[]> {
  const free = calls.filter(({ once }) => once === null)
  const outcomes = await acknowledge<Assumed<PullRequest>>(deps, free, async () =>
    doneBy(deps, free, await deps.db.run(mergePullRequests(deps.workspaceId, mergingsOf(free)))),
  )
  const byCall = new Map(free.map((call, index) => [call, outcomes[index]!]))
  return calls.map((call) => byCall.get(call) ?? { ok: true, value: STALE })
}

/** `mergePullRequest` for different pull requests, in one transaction that holds them first. */
export function mergeHeldPullRequests(
  deps: Deciding,
  calls: readonly MergeCall[],
): Promise<readonly BatchOutcome<Assumed<PullRequest>>[]> {
  return runCalls(deps, calls, async (tx, fresh) => {
    await tx.run(lockPullRequests(deps.workspaceId, idsOf(fresh)))
    return doneBy(deps, fresh, await tx.runAndCommit(mergePullRequests(deps.workspaceId, mergingsOf(fresh))))
  })
}

function idsOf(calls: readonly MergeCall[]): string[] {
  return calls.map(({ input }) => input.pullRequestId)
}

function mergingsOf(calls: readonly MergeCall[]): Merging[] {
  return calls.map(({ input, actor, traceparent = null }) => ({ ...input, actor: actorLabel(actor), traceparent }))
}

function doneBy(
  { recent, openReviews, expertise }: Deciding,
  calls: readonly MergeCall[],
  rows: readonly FoundOrMerged[],
): Done<Assumed<PullRequest>> {
  // What was merged just now comes last, and so takes the place of what was found.
  const byId = new Map(rows.map((row) => [row.pullRequestId, row]))
  const merged = rows.filter(({ isNewlyMerged }) => isNewlyMerged)
  return {
    outcomes: idsOf(calls).map((id) => outcomeOf(id, byId.get(id))),
    changed: merged.flatMap(changesByMerging),
    afterCommit: () => {
      for (const { pullRequestId, reviewerIds } of merged) {
        recent.drop(pullRequestId)
        for (const reviewerId of reviewerIds) openReviews.add(reviewerId, -1)
      }
      expertise.landed(merged.map((row) => ({ ...row, mergedAt: row.mergedAt! })))
    },
  }
}

function outcomeOf(id: string, pullRequest: PullRequest | undefined): BatchOutcome<Assumed<PullRequest>> {
  if (pullRequest === undefined) return { ok: false, error: unknownPullRequest(id) }
  return { ok: true, value: pullRequest.status === 'MERGED' ? pullRequest : STALE }
}
