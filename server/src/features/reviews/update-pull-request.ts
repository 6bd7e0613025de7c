import { runCall, type Call } from '../../infra/db/commands.ts'
import { actorLabel } from '../../shared/actor.ts'
import { answersAbout } from './answers.ts'
import { effortOfFiles, type Details, type FullPullRequest } from './domain/pull-request.ts'
import { seat } from './fill-seats.ts'
import { holdTeamsNamed } from './held-teams.ts'
import { TentativeCount } from './open-reviews.ts'
import { findPullRequests, lockPullRequests } from './queries/pull-requests.ts'
import { updateDetails } from './queries/seats.ts'
import { isMerged, unknownPullRequest } from './refusals.ts'
import type { Deciding } from './reviews.ts'

/** What is null stays as it is. */
export type PullRequestUpdate = {
  pullRequestId: string
  pullRequestName: string | null
  isDraft: boolean | null
  details: Details | null
}

/**
 * Follows a later push or another name. Reviewers stay who they are, whatever has changed; a draft that is ready now gets its
 * first ones.
 */
export async function updatePullRequest(deps: Deciding, call: Call<PullRequestUpdate>): Promise<FullPullRequest> {
  const { pullRequestId } = call.input
  const counted = new TentativeCount(deps)
  const updated = runCall(deps, call, async (tx) => {
    counted.takeBack()
    const known = (await findPullRequests(tx, deps.workspaceId, [pullRequestId])).get(pullRequestId)
    if (known === undefined) throw unknownPullRequest(pullRequestId)
    // Its team never changes, and is held first.
    const teams = await holdTeamsNamed(deps, tx, [known.teamName], counted)
    const [held] = await tx.run(lockPullRequests(deps.workspaceId, [pullRequestId]))
    if (held!.status === 'MERGED') throw isMerged(pullRequestId)
    const changed = withUpdate(held!, call.input)
    await tx.run(updateDetails(deps.workspaceId, changed, actorLabel(call.actor)))
    const isReady = held!.isDraft && !changed.isDraft
    const wanted = teams.team(held!.teamName).roster.reviewersWanted - held!.reviewerIds.length
    const wanting = isReady ? [{ pullRequest: changed, wanted: Math.max(0, wanted) }] : []
    const { seatings, follow } = await seat(deps, tx, teams, wanting, actorLabel(call.actor))
    const [seating] = seatings
    const result: FullPullRequest = {
      ...changed,
      reviewerIds: seating?.reviewerIds ?? changed.reviewerIds,
      missingReviewers: seating?.vacancy?.missing ?? (isReady ? 0 : changed.missingReviewers),
      missingReason: seating?.vacancy?.reason ?? (isReady ? null : changed.missingReason),
    }
    return {
      result,
      changed: answersAbout(pullRequestId, result.reviewerIds),
      afterCommit: () => {
        follow(counted)
        deps.recent.drop(pullRequestId)
      },
    }
  })
  return updated.finally(() => counted.takeBack())
}

function withUpdate(before: FullPullRequest, update: PullRequestUpdate): FullPullRequest {
  const details = update.details === null ? before.details : { ...before.details, ...update.details }
  return {
    ...before,
    pullRequestName: update.pullRequestName ?? before.pullRequestName,
    isDraft: update.isDraft ?? before.isDraft,
    details,
    effort: effortOfFiles(details?.files),
  }
}
