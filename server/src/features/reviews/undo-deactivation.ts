import { runCall, type Call } from '../../infra/db/commands.ts'
import { actorLabel } from '../../shared/actor.ts'
import { AppError } from '../../shared/errors.ts'
import { activeIdsOf, withSwitched, type Roster } from '../../shared/roster.ts'
import { lockRoster, teamAnswer, updateActiveFlags, userAnswer } from '../people/index.ts'
import { answersAbout } from './answers.ts'
import { undecided, type Decision } from './domain/decision.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { updateReviewers } from './queries/assignments.ts'
import { lockDeactivation, markUndone, type StoredMove } from './queries/deactivations.ts'
import { lockPullRequests } from './queries/pull-requests.ts'
import type { Deciding } from './reviews.ts'

export type UndoRequest = { teamName: string; deactivationId: string | null }

/** Why a pull request keeps the reviewers it has. */
export type KeptReason = 'PR_MERGED' | 'CHANGED_SINCE' | 'REVIEWER_NOT_AVAILABLE'

export type UndoResult = {
  deactivationId: string
  teamName: string
  activatedIds: readonly string[]
  restored: readonly StoredMove[]
  kept: readonly { pullRequestId: string; reason: KeptReason }[]
}

/** Switches the members of a deactivation on again and gives their reviews back, where nothing has changed them since. */
export function undoDeactivation(deps: Deciding, call: Call<UndoRequest>): Promise<UndoResult> {
  const { workspaceId, rosters } = deps
  const { teamName, deactivationId } = call.input
  const actor = actorLabel(call.actor)
  return runCall(deps, call, async (tx) => {
    const before = await lockRoster(tx, workspaceId, teamName)
    const deactivation = await lockDeactivation(tx, workspaceId, teamName, deactivationId)
    if (deactivation === undefined) throw nothingToUndo(teamName)
    if (deactivation.isUndone) throw alreadyUndone(deactivation.deactivationId)

    const gone = new Set(deactivation.userIds)
    const activatedIds = before.members.filter((m) => !m.isActive && gone.has(m.userId)).map(({ userId }) => userId)
    const flags = new Map(activatedIds.map((userId) => [userId, true]))
    const roster = withSwitched(before, flags)

    const ids = deactivation.moves.map(({ pullRequestId }) => pullRequestId)
    const pullRequests = await tx.run(lockPullRequests(workspaceId, ids))
    const byId = new Map(pullRequests.map((pullRequest) => [pullRequest.pullRequestId, pullRequest]))
    const active = new Set(activeIdsOf(roster))
    const judged = deactivation.moves.map((move) => ({
      move,
      reason: keptReason(byId.get(move.pullRequestId), move, active),
    }))
    const restored = judged.filter(({ reason }) => reason === null).map(({ move }) => move)
    const rows = restored.map((move) => ({
      pullRequestId: move.pullRequestId,
      reviewerIds: move.before,
      decisions: restorations(roster, byId.get(move.pullRequestId)!.authorId, move),
      vacated: move.after.length - move.before.length,
      actor,
    }))
    await Promise.all([
      tx.run(
        updateActiveFlags(
          workspaceId,
          activatedIds.map((userId) => ({ userId, isActive: true, actor })),
        ),
      ),
      tx.run(updateReviewers(workspaceId, rows)),
      tx.runAndCommit(markUndone(workspaceId, deactivation.deactivationId)),
    ])
    return {
      result: {
        deactivationId: deactivation.deactivationId,
        teamName,
        activatedIds,
        restored,
        kept: judged.flatMap(({ move, reason }) =>
          reason === null ? [] : [{ pullRequestId: move.pullRequestId, reason }],
        ),
      },
      changed: [
        teamAnswer(teamName),
        ...activatedIds.map(userAnswer),
        ...restored.flatMap((move) => answersAbout(move.pullRequestId, [...move.before, ...move.after])),
      ],
      afterCommit: () => {
        if (activatedIds.length > 0) rosters.follow(teamName, roster.version, flags)
        for (const { before: back, after } of restored) {
          for (const userId of back) deps.openReviews.add(userId, 1)
          for (const userId of after) deps.openReviews.add(userId, -1)
        }
      },
    }
  })
}

function keptReason(
  pullRequest: PullRequest | undefined,
  move: StoredMove,
  active: ReadonlySet<string>,
): KeptReason | null {
  if (pullRequest === undefined || pullRequest.reviewerIds.join('\0') !== move.after.join('\0')) return 'CHANGED_SINCE'
  if (pullRequest.status === 'MERGED') return 'PR_MERGED'
  const back = move.before.filter((userId) => !move.after.includes(userId))
  return back.every((userId) => active.has(userId)) ? null : 'REVIEWER_NOT_AVAILABLE'
}

/** Records of what the undo gives back: nothing was decided, so nobody was looked at. */
function restorations(roster: Roster, authorId: string, { before, after }: StoredMove): Decision[] {
  const backIds = before.filter((userId) => !after.includes(userId))
  const substituteIds = after.filter((userId) => !before.includes(userId))
  const keptIds = before.filter((userId) => after.includes(userId))
  return backIds.map((assignedId, index) =>
    undecided(roster, { kind: 'restore', authorId, keptIds, replacedId: substituteIds[index] ?? null, assignedId }),
  )
}

function nothingToUndo(teamName: string): AppError {
  return new AppError('not_found', 'NOT_FOUND', `Team ${JSON.stringify(teamName)} has no such deactivation to undo.`)
}

function alreadyUndone(deactivationId: string): AppError {
  return new AppError(
    'conflict',
    'ALREADY_UNDONE',
    `Deactivation ${JSON.stringify(deactivationId)} was undone already.`,
  )
}
