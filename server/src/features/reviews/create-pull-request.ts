import type { BatchOutcome } from '../../infra/batch/batcher.ts'
import { acknowledge, runCalls, type Call, type Done } from '../../infra/db/commands.ts'
import type { Tx } from '../../infra/db/database.ts'
import { actorLabel } from '../../shared/actor.ts'
import { unknownUser, updateRotations } from '../people/index.ts'
import { changesByOpening } from './answers.ts'
import { STALE, type Assumed } from './assumed.ts'
import { conditionsOf, foreseeing, prepare, rememberChosen, trialOf } from './conditions.ts'
import { decide, type TeamState } from './domain/decide.ts'
import type { Skills } from './domain/expertise/skills.ts'
import { effortOfFiles, type Details, type FullPullRequest, type PullRequest } from './domain/pull-request.ts'
import { vacancyAfter } from './domain/vacancy.ts'
import type { Foreseen } from './expertise.ts'
import { assumeTeams, holdTeams, locateUsers, type HeldTeams } from './held-teams.ts'
import { TentativeCount } from './open-reviews.ts'
import {
  insertAssumedPullRequests,
  insertPullRequests,
  type Extras,
  type NewPullRequest,
} from './queries/new-pull-requests.ts'
import { listExistingIds } from './queries/pull-requests.ts'
import { pullRequestExists } from './refusals.ts'
import type { Deciding, Reviews } from './reviews.ts'
import { areForShadows, holdShadows, type HeldShadows } from './shadows.ts'

export type PullRequestRequest = {
  pullRequestId: string
  pullRequestName: string
  authorId: string
  /** Gets its reviewers when it is no draft any more. */
  isDraft: boolean
  details: Details | null
  foreseen?: Foreseen | null
}

/** Opens a pull request and assigns its reviewers: active members of the author's team, as many as its policy wants. */
export function createPullRequest(
  { creates, rosters, expertise }: Pick<Reviews, 'creates' | 'rosters' | 'expertise'>,
  call: Call<PullRequestRequest>,
): Promise<PullRequest> {
  const roster = rosters.ofMember(call.input.authorId)
  return foreseeing({ expertise }, { ...call.input, roster }, (foreseen) =>
    creates.submit({ ...call, input: { ...call.input, foreseen } }),
  )
}

/**
 * `createPullRequest` for calls with different ids, decided on what this process remembers of the teams, in one statement.
 * Where that does not do, or is so no more, the outcome is `STALE`, and nothing was done.
 */
export async function createAssumedPullRequests(
  deps: Deciding,
  calls: readonly Call<PullRequestRequest>[],
): Promise<readonly BatchOutcome<Assumed<PullRequest>>[]> {
  const counted = new TentativeCount(deps)
  const teamNames = calls.map(({ input }) => deps.rosters.teamOf(input.authorId))
  const teams = assumeTeams(deps, teamNames, counted)
  const subjects = calls.map(({ input }, index) => {
    return { ...input, roster: teams.find(teamNames[index])?.roster }
  })
  const skills = await prepare(deps, subjects)
  const forShadows = await areForShadows(deps, subjects)
  const rows = calls.map((call, index) => {
    const team = teams.find(teamNames[index])
    if (call.once !== null || team === undefined || forShadows[index] === true) return null
    return decideRow(deps, teams, team, { call, skills: skills[index]!, isForShadow: false }, null)
  })
  const known = rows.filter((row) => row !== null)
  if (known.length === 0) return calls.map(() => ({ ok: true, value: STALE }))
  return acknowledge<Assumed<PullRequest>>(deps, known, async () => {
    const answer = await deps.db.run(insertAssumedPullRequests(deps.workspaceId, known))
    const unchanged = new Set(answer.map((row) => row.team_name))
    const opened = openedOf(known, answer)
    return {
      outcomes: rows.map((row) => {
        if (row === null || !unchanged.has(row.decision.teamName)) return { ok: true, value: STALE }
        return outcomeOf(row, opened)
      }),
      ...followOpened(deps, known, opened, counted),
    }
  }).finally(() => counted.takeBack())
}

/** By id, in the order in which they were opened. */
function openedOf(
  rows: readonly NewPullRequest[],
  answer: readonly { pull_request_id: string | null; created_at: string }[],
): Map<string, FullPullRequest> {
  const byId = new Map(rows.map((row) => [row.pullRequestId, row]))
  const opened = answer.flatMap(({ pull_request_id: id, created_at: createdAt }) => {
    const row = id === null ? undefined : byId.get(id)
    return row === undefined ? [] : [asPullRequest(row, createdAt)]
  })
  const inOrder = opened.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
  return new Map(inOrder.map((pullRequest) => [pullRequest.pullRequestId, pullRequest]))
}

function outcomeOf(
  { pullRequestId }: Pick<NewPullRequest, 'pullRequestId'>,
  opened: ReadonlyMap<string, PullRequest>,
): BatchOutcome<PullRequest> {
  const pullRequest = opened.get(pullRequestId)
  if (pullRequest === undefined) return { ok: false, error: pullRequestExists(pullRequestId) }
  return { ok: true, value: pullRequest }
}

function followOpened(
  { recent }: Deciding,
  rows: readonly NewPullRequest[],
  opened: ReadonlyMap<string, FullPullRequest>,
  counted: TentativeCount,
): Pick<Done<never>, 'changed' | 'afterCommit'> {
  return {
    changed: [...opened.values()].flatMap(changesByOpening),
    afterCommit: () => {
      counted.keep(rows.filter(({ pullRequestId }) => opened.has(pullRequestId)).map(({ decision }) => decision))
      for (const pullRequest of opened.values()) recent.keep(pullRequest)
    },
  }
}

/** `createPullRequest` for calls with different ids, in one transaction that holds the teams. */
export function createPullRequests(
  deps: Deciding,
  calls: readonly Call<PullRequestRequest>[],
): Promise<readonly BatchOutcome<PullRequest>[]> {
  const counted = new TentativeCount(deps)
  return runCalls(deps, calls, async (tx, fresh): Promise<Done<PullRequest>> => {
    counted.takeBack()
    const teamOf = await locateUsers(
      deps,
      tx,
      fresh.map(({ input }) => input.authorId),
    )
    const [teams, existing] = await Promise.all([
      holdTeams(deps, tx, teamOf, counted),
      tx.run(
        listExistingIds(
          deps.workspaceId,
          fresh.map(({ input }) => input.pullRequestId),
        ),
      ),
    ])
    const existingIds = new Set(existing.map((row) => row.pull_request_id))
    const toOpen = fresh
      .filter(({ input }) => !existingIds.has(input.pullRequestId) && teamOf.has(input.authorId))
      .map((call) => ({ call, team: teams.team(teamOf.get(call.input.authorId)!) }))
    const subjects = toOpen.map(({ call, team }) => ({ ...call.input, roster: team.roster }))
    const skills = await prepare(deps, subjects)
    const forShadows = await areForShadows(deps, subjects)
    const shadows = await holdShadows(deps, tx, teams.rosters)
    const rows = toOpen.map(({ call, team: { roster } }, index) => {
      const request = { call, skills: skills[index]!, isForShadow: forShadows[index]! }
      return decideRow(deps, teams, teams.team(roster.teamName), request, shadows)
    })
    const opened = openedOf(rows, await write(deps, tx, teams, rows))
    return {
      outcomes: fresh.map(({ input }): BatchOutcome<PullRequest> => {
        const isKnown = existingIds.has(input.pullRequestId) || teamOf.has(input.authorId)
        return isKnown ? outcomeOf(input, opened) : { ok: false, error: unknownUser(input.authorId) }
      }),
      ...followOpened(deps, rows, opened, counted),
    }
  }).finally(() => counted.takeBack())
}

type Wanting = { call: Call<PullRequestRequest>; skills: Skills | null; isForShadow: boolean }

/** `shadows` is null where nobody may become one. */
function decideRow(
  deps: Deciding,
  teams: HeldTeams,
  team: TeamState,
  { call: { input, actor, traceparent = null }, skills, isForShadow }: Wanting,
  shadows: HeldShadows | null,
): NewPullRequest {
  const { pullRequestId, pullRequestName, authorId, isDraft, details } = input
  const { roster } = team
  const conditions = conditionsOf(deps, roster, { authorId, details, keptIds: [] }, skills)
  const { circumstances, knowledge, atMs } = conditions
  const wanted = isDraft ? 0 : roster.reviewersWanted
  const request = { kind: 'create', authorId, wanted, keptIds: [], replacedId: null, circumstances, knowledge } as const
  const seed = deps.nextSeed()
  const decision = decide(team, request, seed)
  const extras: Extras = {
    isDraft,
    details,
    effort: effortOfFiles(details?.files),
    shadowId: shadows?.choose(roster, conditions, decision, !isDraft && isForShadow) ?? null,
    vacancy: vacancyAfter(decision, roster, circumstances, atMs),
    trial: trialOf(deps, team, request, seed),
  }
  teams.include(decision, extras.effort)
  rememberChosen(deps, roster, decision)
  const told = { actor: actorLabel(actor), traceparent }
  return { pullRequestId, pullRequestName, decision, ...told, extras: isUsual(extras) ? null : extras }
}

function isUsual({ isDraft, details, shadowId, vacancy, trial }: Extras): boolean {
  return !isDraft && details === null && shadowId === null && vacancy === null && trial === null
}

/** Gives those that were opened. */
async function write(
  { workspaceId }: Deciding,
  tx: Tx,
  teams: HeldTeams,
  rows: readonly NewPullRequest[],
): Promise<{ pull_request_id: string; created_at: string }[]> {
  if (rows.length === 0) return []
  const insert = insertPullRequests(workspaceId, rows)
  const inserted = teams.turns.size === 0 ? await tx.runAndCommit(insert) : await tx.run(insert)
  if (teams.turns.size > 0) await tx.runAndCommit(updateRotations(workspaceId, teams.turns))
  return inserted
}

function asPullRequest(
  { pullRequestId, pullRequestName, decision, extras }: NewPullRequest,
  createdAt: string,
): FullPullRequest {
  return {
    pullRequestId,
    pullRequestName,
    authorId: decision.authorId,
    teamName: decision.teamName,
    status: 'OPEN',
    reviewerIds: decision.assignedIds,
    createdAt,
    mergedAt: null,
    isDraft: extras?.isDraft ?? false,
    details: extras?.details ?? null,
    effort: extras?.effort ?? 1,
    chosenIds: [],
    shadowId: extras?.shadowId ?? null,
    missingReviewers: extras?.vacancy?.missing ?? 0,
    missingReason: extras?.vacancy?.reason ?? null,
  }
}
