import type { BatchOutcome } from '../../infra/batch/batcher.ts'
import { acknowledge, runCalls, type Call, type Done } from '../../infra/db/commands.ts'
import { actorLabel } from '../../shared/actor.ts'
import type { AppError } from '../../shared/errors.ts'
import type { Roster } from '../../shared/roster.ts'
import { unknownUser, updateRotations } from '../people/index.ts'
import { changesByReassigning } from './answers.ts'
import { STALE, type Assumed } from './assumed.ts'
import { foreseeing, prepare, rememberChosen } from './conditions.ts'
import { decideReplacement, seedOfProposal } from './decide-replacement.ts'
import type { TeamState } from './domain/decide.ts'
import type { Decision } from './domain/decision.ts'
import type { Skills } from './domain/expertise/skills.ts'
import type { FullPullRequest, PullRequest } from './domain/pull-request.ts'
import type { Foreseen } from './expertise.ts'
import { assumeTeams, holdTeams, locateUsers } from './held-teams.ts'
import { TentativeCount } from './open-reviews.ts'
import { updateAssumedReviewers, updateReviewers } from './queries/assignments.ts'
import { lockPullRequests } from './queries/pull-requests.ts'
import { cannotTakeOver, isMerged, noCandidate, notAssigned, unknownPullRequest } from './refusals.ts'
import type { Deciding, Reviews } from './reviews.ts'

export type ReassignRequest = {
  pullRequestId: string
  oldUserId: string
  /** Who was proposed: it is that one or nobody. Without, whoever comes first. */
  proposedId?: string | null
  foreseen?: Foreseen | null
}
export type Reassigned = { pullRequest: PullRequest; replacedBy: string }

type Planned = { ok: true; pullRequest: FullPullRequest; decision: Decision; isFree: boolean }
type Plan = Planned | { ok: false; error: AppError }

/** Replaces one reviewer by an active member of the replaced one's team, or by nobody but the one who was proposed. */
export function reassignReviewer(
  { reassigns, recent, rosters, expertise }: Pick<Reviews, 'reassigns' | 'recent' | 'rosters' | 'expertise'>,
  call: Call<ReassignRequest>,
): Promise<Reassigned> {
  const { pullRequestId, oldUserId } = call.input
  const subject = subjectOf(recent.get(pullRequestId), rosters.ofMember(oldUserId), call.input)
  return foreseeing({ expertise }, subject, (foreseen) =>
    reassigns.submit({ ...call, input: { ...call.input, foreseen } }),
  )
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
  const skills = await prepare(
    deps,
    recent.map((before, index) => subjectOf(before, teams.find(teamNames[index])?.roster, calls[index]!.input)),
  )
  const plans = calls.map(({ input, once, actor, traceparent = null }, index) => {
    const team = teams.find(teamNames[index])
    const before = recent[index]
    if (once !== null || team === undefined || before === undefined) return null
    const plan = planReassignment(deps, before, team, input, skills[index]!)
    // Whoever is refused is refused by the truth.
    if (!plan.ok) return null
    teams.include(plan.decision, before.effort, plan.isFree)
    return { plan, before: before.reviewerIds, actor: actorLabel(actor), traceparent }
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
    const skills = await prepare(
      deps,
      fresh.map(({ input }) =>
        subjectOf(byId.get(input.pullRequestId), teams.find(teamOf.get(input.oldUserId))?.roster, input),
      ),
    )
    const plans = fresh.map(({ input }, index): Plan => {
      const team = teams.find(teamOf.get(input.oldUserId))
      const plan = planReassignment(deps, byId.get(input.pullRequestId), team, input, skills[index]!)
      if (plan.ok) teams.include(plan.decision, plan.pullRequest.effort, plan.isFree)
      return plan
    })
    const rows = plans.flatMap((plan, index) => {
      const { actor, traceparent = null } = fresh[index]!
      return plan.ok ? [{ ...plan.pullRequest, decisions: [plan.decision], actor: actorLabel(actor), traceparent }] : []
    })
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

function subjectOf(pullRequest: FullPullRequest | undefined, roster: Roster | undefined, call: ReassignRequest) {
  const { foreseen = null } = call
  if (pullRequest === undefined) return { roster: undefined, authorId: '', details: null, foreseen }
  return { authorId: pullRequest.authorId, details: pullRequest.details, roster, foreseen }
}

function planReassignment(
  deps: Deciding,
  pullRequest: FullPullRequest | undefined,
  team: TeamState | undefined,
  { pullRequestId, oldUserId, proposedId = null }: ReassignRequest,
  skills: Skills | null,
): Plan {
  if (pullRequest === undefined) return { ok: false, error: unknownPullRequest(pullRequestId) }
  if (team === undefined) return { ok: false, error: unknownUser(oldUserId) }
  if (pullRequest.status === 'MERGED') return { ok: false, error: isMerged(pullRequestId) }
  const { reviewerIds } = pullRequest
  if (!reviewerIds.includes(oldUserId)) return { ok: false, error: notAssigned(pullRequestId, oldUserId) }
  const seed = proposedId === null ? deps.nextSeed() : seedOfProposal(pullRequestId, oldUserId)
  const made = decideReplacement(deps, team, pullRequest, { oldUserId, proposedId }, { skills, seed })
  if (made === null) {
    const { teamName } = team.roster
    return { ok: false, error: proposedId === null ? noCandidate(teamName, oldUserId) : cannotTakeOver(proposedId) }
  }
  rememberChosen(deps, team.roster, made.decision)
  const newId = made.decision.assignedIds[0]!
  const reviewers = reviewerIds.map((id) => (id === oldUserId ? newId : id))
  return { ok: true, pullRequest: { ...pullRequest, reviewerIds: reviewers }, ...made }
}

function outcomeOf(plan: Plan): BatchOutcome<Reassigned> {
  if (!plan.ok) return plan
  return { ok: true, value: { pullRequest: plan.pullRequest, replacedBy: plan.decision.assignedIds[0]! } }
}
