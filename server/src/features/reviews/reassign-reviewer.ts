import type { BatchOutcome } from '../../infra/batch/batcher.ts'
import { runCalls, type Call, type Done } from '../../infra/db/commands.ts'
import { actorLabel } from '../../shared/actor.ts'
import type { AppError } from '../../shared/errors.ts'
import { unknownUser, updateRotations } from '../people/index.ts'
import { decide, type TeamState } from './domain/decide.ts'
import type { Decision } from './domain/decision.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { holdTeams, locateUsers } from './held-teams.ts'
import { updateReviewers } from './queries/assignments.ts'
import { lockPullRequests } from './queries/pull-requests.ts'
import { isMerged, noCandidate, notAssigned, unknownPullRequest } from './refusals.ts'
import type { Deciding, Reviews } from './reviews.ts'

export type ReassignRequest = { pullRequestId: string; oldUserId: string }
export type Reassigned = { pullRequest: PullRequest; replacedBy: string }

type Plan = { ok: true; pullRequest: PullRequest; decision: Decision } | { ok: false; error: AppError }

/** Replaces one reviewer by an active member of the replaced one's team. */
export function reassignReviewer(
  { reassigns }: Pick<Reviews, 'reassigns'>,
  call: Call<ReassignRequest>,
): Promise<Reassigned> {
  return reassigns.submit(call)
}

/** `reassignReviewer` for different pull requests, in one transaction. */
export function reassignReviewers(
  deps: Deciding,
  calls: readonly Call<ReassignRequest>[],
): Promise<readonly BatchOutcome<Reassigned>[]> {
  return runCalls(deps, calls, async (tx, fresh): Promise<Done<Reassigned>> => {
    const teamOf = await locateUsers(
      deps,
      tx,
      fresh.map(({ input }) => input.oldUserId),
    )
    const [teams, locked] = await Promise.all([
      holdTeams(deps, tx, teamOf),
      tx.run(
        lockPullRequests(
          deps.workspaceId,
          fresh.map(({ input }) => input.pullRequestId),
        ),
      ),
    ])
    const byId = new Map(locked.map((pullRequest) => [pullRequest.pullRequestId, pullRequest]))
    const plans = fresh.map(({ input }): Plan => {
      const teamName = teamOf.get(input.oldUserId)
      const team = teamName === undefined ? undefined : teams.team(teamName)
      const plan = planReassignment(byId.get(input.pullRequestId), team, input, deps.nextSeed())
      if (plan.ok) teams.include(plan.decision)
      return plan
    })
    const rows = plans.flatMap((plan, index) =>
      plan.ok ? [{ ...plan.pullRequest, decisions: [plan.decision], actor: actorLabel(fresh[index]!.actor) }] : [],
    )
    if (rows.length > 0) {
      if (teams.turns.size > 0) await tx.run(updateRotations(deps.workspaceId, teams.turns))
      await tx.runAndCommit(updateReviewers(deps.workspaceId, rows))
    }
    return { outcomes: plans.map(outcomeOf), afterCommit: () => teams.commit() }
  })
}

function planReassignment(
  pullRequest: PullRequest | undefined,
  team: TeamState | undefined,
  { pullRequestId, oldUserId }: ReassignRequest,
  seed: number,
): Plan {
  if (pullRequest === undefined) return { ok: false, error: unknownPullRequest(pullRequestId) }
  if (team === undefined) return { ok: false, error: unknownUser(oldUserId) }
  if (pullRequest.status === 'MERGED') return { ok: false, error: isMerged(pullRequestId) }
  const { authorId, reviewerIds } = pullRequest
  if (!reviewerIds.includes(oldUserId)) return { ok: false, error: notAssigned(pullRequestId, oldUserId) }
  const keptIds = reviewerIds.filter((id) => id !== oldUserId)
  const decision = decide(team, { kind: 'reassign', authorId, wanted: 1, keptIds, replacedId: oldUserId }, seed)
  const newId = decision.assignedIds[0]
  if (newId === undefined) return { ok: false, error: noCandidate(team.roster.teamName, oldUserId) }
  const reviewers = reviewerIds.map((id) => (id === oldUserId ? newId : id))
  return { ok: true, pullRequest: { ...pullRequest, reviewerIds: reviewers }, decision }
}

function outcomeOf(plan: Plan): BatchOutcome<Reassigned> {
  if (!plan.ok) return plan
  return { ok: true, value: { pullRequest: plan.pullRequest, replacedBy: plan.decision.assignedIds[0]! } }
}
