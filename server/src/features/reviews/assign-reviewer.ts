import { runCall, type Call } from '../../infra/db/commands.ts'
import { actorLabel } from '../../shared/actor.ts'
import { positionOf, type Roster } from '../../shared/roster.ts'
import { unknownUser } from '../people/index.ts'
import { answersAbout } from './answers.ts'
import { undecided } from './domain/decision.ts'
import type { FullPullRequest } from './domain/pull-request.ts'
import { holdTeams, locateUsers } from './held-teams.ts'
import { TentativeCount } from './open-reviews.ts'
import { lockPullRequests } from './queries/pull-requests.ts'
import { markChosen, seatByHand } from './queries/seats.ts'
import { isAuthor, isInactive, isMerged, noSeat, notAssigned, unknownPullRequest } from './refusals.ts'
import type { Deciding } from './reviews.ts'

export type Assignment = { pullRequestId: string; userId: string; insteadOf: string | null }

const MOST_REVIEWERS = 2

/**
 * Puts somebody on a pull request by hand, on a free seat or in somebody's place: any active user but the author, whatever their limits.
 * Nothing but another person's word takes them off again. Repeating it is harmless.
 */
export async function assignReviewer(deps: Deciding, call: Call<Assignment>): Promise<FullPullRequest> {
  const { pullRequestId, userId, insteadOf } = call.input
  const counted = new TentativeCount(deps)
  const assigned = runCall(deps, call, async (tx) => {
    counted.takeBack()
    const teamOf = await locateUsers(deps, tx, [userId])
    const teams = await holdTeams(deps, tx, teamOf, counted)
    const [held] = await tx.run(lockPullRequests(deps.workspaceId, [pullRequestId]))
    if (held === undefined) throw unknownPullRequest(pullRequestId)
    const roster = teams.find(teamOf.get(userId))?.roster
    if (roster === undefined) throw unknownUser(userId)
    requireAssignable(held, roster, call.input)
    const actor = actorLabel(call.actor)
    const chosenIds = [...new Set([...held.chosenIds, userId])]
    if (held.reviewerIds.includes(userId)) {
      await tx.run(markChosen(deps.workspaceId, pullRequestId, userId, actor))
      return {
        result: { ...held, chosenIds },
        changed: answersAbout(pullRequestId, []),
        afterCommit: () => deps.recent.drop(pullRequestId),
      }
    }
    const reviewerIds =
      insteadOf === null
        ? [...held.reviewerIds, userId]
        : held.reviewerIds.map((id) => (id === insteadOf ? userId : id))
    const missing = insteadOf === null ? Math.max(0, held.missingReviewers - 1) : held.missingReviewers
    const decision = undecided(roster, {
      kind: 'assign',
      authorId: held.authorId,
      keptIds: held.reviewerIds.filter((id) => id !== insteadOf),
      replacedId: insteadOf,
      assignedId: userId,
    })
    teams.include(decision, held.effort)
    await tx.run(seatByHand(deps.workspaceId, { pullRequestId, reviewerIds, missing, decision, actor }))
    return {
      result: {
        ...held,
        reviewerIds,
        chosenIds: chosenIds.filter((id) => reviewerIds.includes(id)),
        shadowId: held.shadowId === userId ? null : held.shadowId,
        missingReviewers: missing,
        missingReason: missing > 0 ? held.missingReason : null,
      },
      changed: answersAbout(pullRequestId, [...new Set([...held.reviewerIds, userId])]),
      afterCommit: () => {
        counted.keep([decision])
        deps.recent.drop(pullRequestId)
      },
    }
  })
  return assigned.finally(() => counted.takeBack())
}

function requireAssignable(held: FullPullRequest, roster: Roster, { userId, insteadOf }: Assignment): void {
  const { pullRequestId, reviewerIds } = held
  if (held.status === 'MERGED') throw isMerged(pullRequestId)
  if (held.authorId === userId) throw isAuthor(pullRequestId, userId)
  if (reviewerIds.includes(userId)) return
  if (roster.flags[positionOf(roster, userId)] !== 1) throw isInactive(userId)
  if (insteadOf !== null && !reviewerIds.includes(insteadOf)) throw notAssigned(pullRequestId, insteadOf)
  if (insteadOf === null && reviewerIds.length >= MOST_REVIEWERS) throw noSeat(pullRequestId)
}
