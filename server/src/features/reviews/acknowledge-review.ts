import { runCall, type Call } from '../../infra/db/commands.ts'
import { actorLabel } from '../../shared/actor.ts'
import { findUsers, unknownUser } from '../people/index.ts'
import { upsertAcknowledgement } from './queries/acknowledgements.ts'
import { lockPullRequests } from './queries/pull-requests.ts'
import { isMerged, notAssigned, unknownPullRequest } from './refusals.ts'
import type { Deciding } from './reviews.ts'

export type Acknowledgement = { pullRequestId: string; userId: string; acknowledgedAt: string }

/** A reviewer is on it, and need not be reminded. Repeating it is harmless and keeps the first time of this assignment. */
export function acknowledgeReview(
  deps: Pick<Deciding, 'db' | 'workspaceId' | 'answers'>,
  call: Call<{ pullRequestId: string; userId: string }>,
): Promise<Acknowledgement> {
  const { workspaceId } = deps
  const { pullRequestId, userId } = call.input
  return runCall(deps, call, async (tx) => {
    const [[held], users] = await Promise.all([
      tx.run(lockPullRequests(workspaceId, [pullRequestId])),
      findUsers(tx, workspaceId, [userId]),
    ])
    if (held === undefined) throw unknownPullRequest(pullRequestId)
    if (!users.has(userId)) throw unknownUser(userId)
    if (held.status === 'MERGED') throw isMerged(pullRequestId)
    if (!held.reviewerIds.includes(userId)) throw notAssigned(pullRequestId, userId)
    const row = { pullRequestId, userId, teamName: held.teamName, actor: actorLabel(call.actor) }
    const [acknowledged] = await tx.run(upsertAcknowledgement(workspaceId, row))
    return { result: { pullRequestId, userId, ...acknowledged! }, changed: [] }
  })
}
