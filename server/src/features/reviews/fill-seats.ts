import { runCalls, type Call } from '../../infra/db/commands.ts'
import type { Tx } from '../../infra/db/database.ts'
import { keptTraceparent } from '../../infra/telemetry/tracing.ts'
import { actorLabel } from '../../shared/actor.ts'
import { updateRotations } from '../people/index.ts'
import { answersAbout } from './answers.ts'
import { conditionsOf, prepare, rememberChosen, trialOf } from './conditions.ts'
import { decide } from './domain/decide.ts'
import type { Skills } from './domain/expertise/skills.ts'
import type { FullPullRequest } from './domain/pull-request.ts'
import { vacancyAfter } from './domain/vacancy.ts'
import { holdTeamsNamed, type HeldTeams } from './held-teams.ts'
import { TentativeCount } from './open-reviews.ts'
import { listVacancies, lockVacancies, seatReviewers, tryLockSeats, type Seating } from './queries/seats.ts'
import type { Deciding } from './reviews.ts'

/** As many at once as a batch; the next pass takes what is left. */
const PER_PASS = 100

/**
 * Finds reviewers for seats that were left empty, wherever somebody may have become free since. Safe to repeat and to run in several
 * processes at once. Gives how many pull requests got somebody.
 */
export async function fillSeats(deps: Deciding): Promise<number> {
  const due = await deps.db.run(listVacancies(deps.workspaceId, PER_PASS))
  let filled = 0
  for (const [teamName, vacancies] of Map.groupBy(due, (vacancy) => vacancy.teamName)) {
    filled += await fillSeatsOf(
      deps,
      teamName,
      vacancies.map(({ pullRequestId }) => pullRequestId),
    )
  }
  return filled
}

async function fillSeatsOf(deps: Deciding, teamName: string, pullRequestIds: readonly string[]): Promise<number> {
  const counted = new TentativeCount(deps)
  const actor = { kind: 'job', jobName: 'fillSeats' } as const
  const call: Call<null> = { actor, input: null, once: null, traceparent: keptTraceparent() }
  let filled = 0
  await runCalls(deps, [call], async (tx) => {
    counted.takeBack()
    const [lock] = await tx.run(tryLockSeats(deps.workspaceId, teamName))
    if (!lock!.isHeld) return { outcomes: [{ ok: true, value: null }], changed: [] }
    const teams = await holdTeamsNamed(deps, tx, [teamName], counted)
    const vacant = await tx.run(lockVacancies(deps.workspaceId, pullRequestIds))
    const wants = vacant.map((pullRequest) => ({ pullRequest, wanted: pullRequest.missingReviewers }))
    const { seatings, changed, follow } = await seat(deps, tx, teams, wants, actorLabel(call.actor))
    filled = seatings.filter(({ decision }) => decision !== null).length
    return {
      outcomes: [{ ok: true, value: null }],
      changed,
      afterCommit: () => follow(counted),
    }
  }).finally(() => counted.takeBack())
  return filled
}

type Wanting = { pullRequest: FullPullRequest; wanted: number }

/** Decides who takes the empty seats of pull requests that the transaction holds, and writes it. */
export async function seat(
  deps: Deciding,
  tx: Tx,
  teams: HeldTeams,
  wanting: readonly Wanting[],
  actor: string,
): Promise<{ seatings: Seating[]; changed: string[]; follow: (counted: TentativeCount) => void }> {
  const skills = await prepare(
    deps,
    wanting.map(({ pullRequest }) => ({ roster: teams.team(pullRequest.teamName).roster, ...pullRequest })),
  )
  const seatings = wanting.map((each, index) => decideSeats(deps, teams, { ...each, skills: skills[index]! }, actor))
  if (seatings.length > 0) await tx.run(seatReviewers(deps.workspaceId, seatings))
  if (teams.turns.size > 0) await tx.run(updateRotations(deps.workspaceId, teams.turns))
  const decisions = seatings.flatMap(({ decision }) => (decision === null ? [] : [decision]))
  return {
    seatings,
    changed: seatings.flatMap(({ pullRequestId, reviewerIds }) => answersAbout(pullRequestId, reviewerIds)),
    follow(counted) {
      counted.keep(decisions)
      for (const { pullRequestId } of seatings) deps.recent.drop(pullRequestId)
    },
  }
}

function decideSeats(
  deps: Deciding,
  teams: HeldTeams,
  { pullRequest, wanted, skills }: Wanting & { skills: Skills | null },
  actor: string,
): Seating {
  const { pullRequestId, authorId, details, reviewerIds: keptIds, effort } = pullRequest
  const team = teams.team(pullRequest.teamName)
  const { circumstances, knowledge, atMs } = conditionsOf(deps, team.roster, { authorId, details, keptIds }, skills)
  const request = { kind: 'fill', authorId, wanted, keptIds, replacedId: null, circumstances, knowledge } as const
  const seed = deps.nextSeed()
  const decision = decide(team, request, seed)
  const vacancy = vacancyAfter(decision, team.roster, circumstances, atMs)
  // A try that found nobody changes nothing but when to try again.
  if (decision.assignedIds.length === 0) {
    return { pullRequestId, reviewerIds: keptIds, vacancy, decision: null, trial: null, actor }
  }
  const trial = trialOf(deps, team, request, seed)
  teams.include(decision, effort)
  rememberChosen(deps, team.roster, decision)
  return { pullRequestId, reviewerIds: [...keptIds, ...decision.assignedIds], vacancy, decision, trial, actor }
}
