import type { BatchOutcome } from '../../infra/batch/batcher.ts'
import { acknowledge, runCalls, type Call, type Done } from '../../infra/db/commands.ts'
import { actorLabel } from '../../shared/actor.ts'
import type { AppError } from '../../shared/errors.ts'
import { unknownUser, updateRotations } from '../people/index.ts'
import { changesByReassigning } from './answers.ts'
import { STALE, type Assumed } from './assumed.ts'
import { conditionsOf, loadOwners, rememberChosen } from './conditions.ts'
import { decide, type TeamState } from './domain/decide.ts'
import type { Decision } from './domain/decision.ts'
import type { FullPullRequest, PullRequest } from './domain/pull-request.ts'
import { assumeTeams, holdTeams, locateUsers } from './held-teams.ts'
import { TentativeCount } from './open-reviews.ts'
import { updateAssumedReviewers, updateReviewers } from './queries/assignments.ts'
import { lockPullRequests } from './queries/pull-requests.ts'
import { isMerged, noCandidate, notAssigned, unknownPullRequest } from './refusals.ts'
import type { Deciding, Reviews } from './reviews.ts'

export type ReassignRequest = { pullRequestId: string; oldUserId: string }
export type Reassigned = { pullRequest: PullRequest; replacedBy: string }

type Planned = { ok: true; pullRequest: FullPullRequest; decision: Decision }
type Plan = Planned | { ok: false; error: AppError }

/** Replaces one reviewer by an active member of the replaced one's team. */
export function reassignReviewer(
  { reassigns }: Pick<Reviews, 'reassigns'>,
  call: Call<ReassignRequest>,
): Promise<Reassigned> {
  return reassigns.submit(call)
}

/**
 * `reassignReviewer` for different pull requests, decided on what this process remembers of them and of the teams, in one
 * statement. Where that does not do, or is so no more, the outcome is `STALE`, and nothing was done.
 */
export async function reassignAssumedReviewers(
  deps: Deciding,
  calls: readonly Call<ReassignRequest>[],
): Promise<readonly BatchOutcome<Assumed<Reassigned>>[]> {
  const counted = new TentativeCount(deps)
  const teamNames = calls.map(({ input }) => deps.rosters.teamOf(input.oldUserId))
  const teams = assumeTeams(deps, teamNames, counted)
  const recent = calls.map(({ input }) => deps.recent.get(input.pullRequestId))
  await loadOwners(
    deps,
    recent.map((before, index) => ({ roster: teams.find(teamNames[index])?.roster, details: before?.details ?? null })),
  )
  const plans = calls.map(({ input, once, actor }, index) => {
    const team = teams.find(teamNames[index])
    const before = recent[index]
    if (once !== null || team === undefined || before === undefined) return null
    const plan = planReassignment(deps, before, team, input)
    // Whoever is refused is refused by the truth.
    if (!plan.ok) return null
    teams.include(plan.decision, before.effort)
    return { plan, before: before.reviewerIds, actor: actorLabel(actor) }
  })
  const known = plans.filter((plan) => plan !== null)
  if (known.length === 0) return calls.map(() => ({ ok: true, value: STALE }))
  return acknowledge<Assumed<Reassigned>>(deps, known, async () => {
    const rows = known.map(({ plan, ...row }) => ({ ...plan.pullRequest, ...row, decision: plan.decision }))
    const answer = await deps.db.run(updateAssumedReviewers(deps.workspaceId, rows))
    const changed = new Set(answer.map((row) => row.pull_request_id))
    const isDone = ({ pullRequest }: Planned) => changed.has(pullRequest.pullRequestId)
    const done = known.map(({ plan }) => plan).filter(isDone)
    return {
      outcomes: plans.map((planned) =>
        planned !== null && isDone(planned.plan) ? outcomeOf(planned.plan) : { ok: true, value: STALE },
      ),
      changed: done.flatMap(({ pullRequest, decision }) => changesByReassigning(pullRequest, decision)),
      afterCommit: () => {
        counted.keep(done.map(({ decision }) => decision))
        for (const { pullRequest } of done) deps.recent.keep(pullRequest)
      },
    }
  }).finally(() => counted.takeBack())
}

/** `reassignReviewer` for different pull requests, in one transaction that holds the teams. */
export function reassignReviewers(
  deps: Deciding,
  calls: readonly Call<ReassignRequest>[],
): Promise<readonly BatchOutcome<Reassigned>[]> {
  const counted = new TentativeCount(deps)
  return runCalls(deps, calls, async (tx, fresh): Promise<Done<Reassigned>> => {
    counted.takeBack()
    const teamOf = await locateUsers(
      deps,
      tx,
      fresh.map(({ input }) => input.oldUserId),
    )
    // One after the other: limits are held before pull requests.
    const teams = await holdTeams(deps, tx, teamOf, counted)
    const locked = await tx.run(
      lockPullRequests(
        deps.workspaceId,
        fresh.map(({ input }) => input.pullRequestId),
      ),
    )
    const byId = new Map(locked.map((pullRequest) => [pullRequest.pullRequestId, pullRequest]))
    await loadOwners(
      deps,
      fresh.map(({ input }) => ({
        roster: teams.find(teamOf.get(input.oldUserId))?.roster,
        details: byId.get(input.pullRequestId)?.details ?? null,
      })),
    )
    const plans = fresh.map(({ input }): Plan => {
      const team = teams.find(teamOf.get(input.oldUserId))
      const plan = planReassignment(deps, byId.get(input.pullRequestId), team, input)
      if (plan.ok) teams.include(plan.decision, plan.pullRequest.effort)
      return plan
    })
    const rows = plans.flatMap((plan, index) =>
      plan.ok ? [{ ...plan.pullRequest, decisions: [plan.decision], actor: actorLabel(fresh[index]!.actor) }] : [],
    )
    const done = plans.filter((plan) => plan.ok)
    if (rows.length > 0) {
      if (teams.turns.size > 0) await tx.run(updateRotations(deps.workspaceId, teams.turns))
      await tx.runAndCommit(updateReviewers(deps.workspaceId, rows))
    }
    return {
      outcomes: plans.map(outcomeOf),
      changed: done.flatMap(({ pullRequest, decision }) => changesByReassigning(pullRequest, decision)),
      afterCommit: () => {
        counted.keep(done.map(({ decision }) => decision))
        for (const { pullRequest } of done) deps.recent.keep(pullRequest)
      },
    }
  }).finally(() => counted.takeBack())
}

function planReassignment(
  deps: Deciding,
  pullRequest: FullPullRequest | undefined,
  team: TeamState | undefined,
  { pullRequestId, oldUserId }: ReassignRequest,
): Plan {
  if (pullRequest === undefined) return { ok: false, error: unknownPullRequest(pullRequestId) }
  if (team === undefined) return { ok: false, error: unknownUser(oldUserId) }
  if (pullRequest.status === 'MERGED') return { ok: false, error: isMerged(pullRequestId) }
  const { authorId, reviewerIds, details } = pullRequest
  if (!reviewerIds.includes(oldUserId)) return { ok: false, error: notAssigned(pullRequestId, oldUserId) }
  const keptIds = reviewerIds.filter((id) => id !== oldUserId)
  const conditions = conditionsOf(deps, team.roster, { authorId, details, keptIds })
  const request = { kind: 'reassign', authorId, wanted: 1, keptIds, replacedId: oldUserId, ...conditions } as const
  const decision = decide(team, request, deps.nextSeed())
  rememberChosen(deps, team.roster, decision)
  const newId = decision.assignedIds[0]
  if (newId === undefined) return { ok: false, error: noCandidate(team.roster.teamName, oldUserId) }
  const reviewers = reviewerIds.map((id) => (id === oldUserId ? newId : id))
  return { ok: true, pullRequest: { ...pullRequest, reviewerIds: reviewers }, decision }
}

function outcomeOf(plan: Plan): BatchOutcome<Reassigned> {
  if (!plan.ok) return plan
  return { ok: true, value: { pullRequest: plan.pullRequest, replacedBy: plan.decision.assignedIds[0]! } }
}
