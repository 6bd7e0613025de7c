import type { BatchOutcome } from '../../infra/batch/batcher.ts'
import { acknowledge, runCalls, type Call, type Done } from '../../infra/db/commands.ts'
import { actorLabel } from '../../shared/actor.ts'
import type { AppError } from '../../shared/errors.ts'
import { unknownUser, updateRotations } from '../people/index.ts'
import { changesByReassigning } from './answers.ts'
import { STALE, type Assumed } from './assumed.ts'
import { decide, type TeamState } from './domain/decide.ts'
import type { Decision } from './domain/decision.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { assumeTeams, holdTeams, locateUsers } from './held-teams.ts'
import { TentativeCount } from './open-reviews.ts'
import { updateAssumedReviewers, updateReviewers } from './queries/assignments.ts'
import { lockPullRequests } from './queries/pull-requests.ts'
import { isMerged, noCandidate, notAssigned, unknownPullRequest } from './refusals.ts'
import type { Deciding, Reviews } from './reviews.ts'

export type ReassignRequest = { pullRequestId: string; oldUserId: string }
export type Reassigned = { pullRequest: PullRequest; replacedBy: string }

type Planned = { ok: true; pullRequest: PullRequest; decision: Decision }
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
export function reassignAssumedReviewers(
  deps: Deciding,
  calls: readonly Call<ReassignRequest>[],
): Promise<readonly BatchOutcome<Assumed<Reassigned>>[]> {
  const counted = new TentativeCount(deps.openReviews)
  const teamNames = calls.map(({ input }) => deps.rosters.teamOf(input.oldUserId))
  const teams = assumeTeams(deps, teamNames, counted)
  const plans = calls.map(({ input, once, actor }, index) => {
    const team = teams.find(teamNames[index])
    const before = deps.recent.get(input.pullRequestId)
    if (once !== null || team === undefined || before === undefined) return null
    const plan = planReassignment(before, team, input, deps.nextSeed())
    // Whoever is refused is refused by the truth.
    if (!plan.ok) return null
    teams.include(plan.decision)
    return { plan, before: before.reviewerIds, actor: actorLabel(actor) }
  })
  const known = plans.filter((plan) => plan !== null)
  if (known.length === 0) return Promise.resolve(calls.map(() => ({ ok: true, value: STALE })))
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
  const counted = new TentativeCount(deps.openReviews)
  return runCalls(deps, calls, async (tx, fresh): Promise<Done<Reassigned>> => {
    counted.takeBack()
    const teamOf = await locateUsers(
      deps,
      tx,
      fresh.map(({ input }) => input.oldUserId),
    )
    const [teams, locked] = await Promise.all([
      holdTeams(deps, tx, teamOf, counted),
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
