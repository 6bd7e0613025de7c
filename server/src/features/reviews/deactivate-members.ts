import { createHash, randomUUID } from 'node:crypto'
import { runCall, type Call } from '../../infra/db/commands.ts'
import type { Tx } from '../../infra/db/database.ts'
import { actorLabel } from '../../shared/actor.ts'
import { AppError } from '../../shared/errors.ts'
import { activeIdsOf, withSwitched, type Roster } from '../../shared/roster.ts'
import { lockRoster, teamAnswer, updateActiveFlags, userAnswer } from '../people/index.ts'
import { answersAbout } from './answers.ts'
import { circumstancesFor, loadOwners } from './conditions.ts'
import { planHandOver, type PullRequestMove } from './domain/plan-hand-over.ts'
import { updateReviewers } from './queries/assignments.ts'
import { insertDeactivation } from './queries/deactivations.ts'
import { countOpenReviews, lockOpenReviewsOf } from './queries/pull-requests.ts'
import type { Deciding } from './reviews.ts'

export type DeactivationRequest = {
  teamName: string
  /** Null stands for everybody in the team. */
  userIds: readonly string[] | null
  isDryRun: boolean
  /** Of a dry run: apply only if the plan is still the same. */
  planId: string | null
}

export type DeactivationResult = {
  /** Null after a dry run. */
  deactivationId: string | null
  planId: string
  teamName: string
  deactivatedIds: readonly string[]
  moves: readonly PullRequestMove[]
}

type Plan = {
  planId: string
  deactivatedIds: readonly string[]
  roster: Roster
  moves: PullRequestMove[]
}

/**
 * Switches members off and hands their open reviews to active teammates, all or nothing. A dry run plans the same and
 * writes nothing; from the same facts both plan the same moves.
 */
export function deactivateMembers(deps: Deciding, call: Call<DeactivationRequest>): Promise<DeactivationResult> {
  const { input } = call
  return runCall(deps, call, async (tx) => {
    const plan = await makePlan(deps, tx, input)
    if (input.planId !== null && input.planId !== plan.planId) throw planChanged()
    const deactivationId = input.isDryRun ? null : randomUUID()
    if (deactivationId !== null) await applyPlan(deps, tx, plan, deactivationId, actorLabel(call.actor))
    const { planId, deactivatedIds, moves } = plan
    return {
      result: { deactivationId, planId, teamName: input.teamName, deactivatedIds, moves },
      changed: input.isDryRun ? [] : answersChangedBy(plan),
      afterCommit: () => (input.isDryRun ? undefined : follow(deps, plan)),
    }
  })
}

async function makePlan(deps: Deciding, tx: Tx, request: DeactivationRequest): Promise<Plan> {
  const { workspaceId } = deps
  const before = await lockRoster(tx, workspaceId, request.teamName)
  const leavingIds = leavingMembers(before, request.userIds)
  const leaving = new Set(leavingIds)
  const deactivatedIds = activeIdsOf(before).filter((userId) => leaving.has(userId))
  const roster = withSwitched(before, switchedOff(deactivatedIds))
  const held = await tx.run(lockOpenReviewsOf(workspaceId, leavingIds))
  const pullRequests = held.filter(({ status }) => status === 'OPEN')
  const loads = await countOpenReviews(tx, workspaceId, activeIdsOf(roster))
  await loadOwners(
    deps,
    pullRequests.map(({ details }) => ({ roster, details })),
  )
  const byId = new Map(pullRequests.map((pullRequest) => [pullRequest.pullRequestId, pullRequest]))
  const moves = planHandOver(
    roster,
    (userId) => loads.get(userId) ?? 0,
    leaving,
    pullRequests,
    ({ pullRequestId, authorId }, keptIds) => {
      const { details } = byId.get(pullRequestId)!
      return circumstancesFor(deps, roster, { authorId, details, keptIds }, deps.nowMs())
    },
  )
  return { planId: planIdOf(roster.version, deactivatedIds, moves), deactivatedIds, roster, moves }
}

function switchedOff(userIds: readonly string[]): Map<string, boolean> {
  return new Map(userIds.map((userId) => [userId, false]))
}

function leavingMembers({ teamName, members }: Roster, userIds: readonly string[] | null): string[] {
  const memberIds = members.map(({ userId }) => userId)
  if (userIds === null) return memberIds
  const asked = new Set(userIds)
  const leavingIds = memberIds.filter((userId) => asked.has(userId))
  if (leavingIds.length === asked.size) return leavingIds
  const known = new Set(leavingIds)
  const stranger = userIds.find((userId) => !known.has(userId))
  throw new AppError(
    'not_found',
    'NOT_FOUND',
    `${JSON.stringify(stranger)} is not a member of ${JSON.stringify(teamName)}.`,
  )
}

function planIdOf(version: number, deactivatedIds: readonly string[], moves: readonly PullRequestMove[]): string {
  const facts = [
    version,
    deactivatedIds,
    moves.map(({ pullRequestId, before, after }) => [pullRequestId, before, after]),
  ]
  return createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 22)
}

function planChanged(): AppError {
  const message = 'The team or its open reviews have changed since that plan was made; ask for a new dry run.'
  return new AppError('conflict', 'PLAN_CHANGED', message)
}

async function applyPlan(
  { workspaceId }: Deciding,
  tx: Tx,
  { roster, deactivatedIds, moves }: Plan,
  deactivationId: string,
  actor: string,
): Promise<void> {
  const { teamName } = roster
  const flags = deactivatedIds.map((userId) => ({ userId, isActive: false, actor }))
  const rows = moves.map(({ pullRequestId, after, handOvers }) => ({
    pullRequestId,
    reviewerIds: after,
    decisions: handOvers.map(({ decision }) => decision),
    vacated: handOvers.filter(({ toId }) => toId === null).length,
    reason: handOvers.find(({ reason }) => reason !== null)?.reason ?? null,
    // Nobody has tried yet by all that counts when a seat is filled; that tells when to try again.
    triedVersion: 0,
    actor,
  }))
  await Promise.all([
    tx.run(updateActiveFlags(workspaceId, flags)),
    tx.run(updateReviewers(workspaceId, rows)),
    tx.runAndCommit(
      insertDeactivation(
        workspaceId,
        { deactivationId, teamName, userIds: deactivatedIds, moves: moves.map(asStored) },
        actor,
      ),
    ),
  ])
}

function asStored({ pullRequestId, before, after }: PullRequestMove) {
  return { pullRequestId, before, after }
}

function answersChangedBy({ roster, deactivatedIds, moves }: Plan): string[] {
  return [
    teamAnswer(roster.teamName),
    ...deactivatedIds.map(userAnswer),
    ...moves.flatMap(({ pullRequestId, before, after }) => answersAbout(pullRequestId, [...before, ...after])),
  ]
}

function follow({ rosters, openReviews, decided }: Deciding, { roster, deactivatedIds, moves }: Plan): void {
  if (deactivatedIds.length > 0) rosters.follow(roster.teamName, roster.version, switchedOff(deactivatedIds))
  for (const { fromId, toId } of moves.flatMap(({ handOvers }) => handOvers)) {
    openReviews.add(fromId, -1)
    if (toId !== null) openReviews.add(toId, 1)
  }
  decided.add(moves.flatMap(({ handOvers }) => handOvers.map(({ decision }) => decision)))
}
