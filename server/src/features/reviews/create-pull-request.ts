import type { BatchOutcome } from '../../infra/batch/batcher.ts'
import { acknowledge, runCalls, type Call, type Done } from '../../infra/db/commands.ts'
import type { Tx } from '../../infra/db/database.ts'
import { actorLabel } from '../../shared/actor.ts'
import { unknownUser, updateRotations } from '../people/index.ts'
import { changesByOpening } from './answers.ts'
import { STALE, type Assumed } from './assumed.ts'
import { decide, type TeamState } from './domain/decide.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { assumeTeams, holdTeams, locateUsers, type HeldTeams } from './held-teams.ts'
import { TentativeCount } from './open-reviews.ts'
import { insertAssumedPullRequests, insertPullRequests, type NewPullRequest } from './queries/assignments.ts'
import { listExistingIds } from './queries/pull-requests.ts'
import { pullRequestExists } from './refusals.ts'
import type { Deciding, Reviews } from './reviews.ts'

export type PullRequestRequest = { pullRequestId: string; pullRequestName: string; authorId: string }

/** Opens a pull request and assigns its reviewers: active members of the author's team, as many as its policy wants. */
export function createPullRequest(
  { creates }: Pick<Reviews, 'creates'>,
  call: Call<PullRequestRequest>,
): Promise<PullRequest> {
  return creates.submit(call)
}

/**
 * `createPullRequest` for calls with different ids, decided on what this process remembers of the teams, in one statement.
 * Where that does not do, or is so no more, the outcome is `STALE`, and nothing was done.
 */
export function createAssumedPullRequests(
  deps: Deciding,
  calls: readonly Call<PullRequestRequest>[],
): Promise<readonly BatchOutcome<Assumed<PullRequest>>[]> {
  const counted = new TentativeCount(deps.openReviews)
  const teamNames = calls.map(({ input }) => deps.rosters.teamOf(input.authorId))
  const teams = assumeTeams(deps, teamNames, counted)
  const rows = calls.map((call, index) => {
    const team = teams.find(teamNames[index])
    return call.once !== null || team === undefined ? null : decideRow(deps, teams, call, team)
  })
  const known = rows.filter((row) => row !== null)
  if (known.length === 0) return Promise.resolve(calls.map(() => ({ ok: true, value: STALE })))
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
): Map<string, PullRequest> {
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
  opened: ReadonlyMap<string, PullRequest>,
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
  const counted = new TentativeCount(deps.openReviews)
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
    const rows = fresh
      .filter(({ input }) => !existingIds.has(input.pullRequestId) && teamOf.has(input.authorId))
      .map((call) => decideRow(deps, teams, call, teams.team(teamOf.get(call.input.authorId)!)))
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

function decideRow(
  deps: Deciding,
  teams: HeldTeams,
  { input, actor }: Call<PullRequestRequest>,
  team: TeamState,
): NewPullRequest {
  const { pullRequestId, pullRequestName, authorId } = input
  const wanted = team.roster.reviewersWanted
  const decision = decide(team, { kind: 'create', authorId, wanted, keptIds: [], replacedId: null }, deps.nextSeed())
  teams.include(decision)
  return { pullRequestId, pullRequestName, decision, actor: actorLabel(actor) }
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

function asPullRequest({ pullRequestId, pullRequestName, decision }: NewPullRequest, createdAt: string): PullRequest {
  return {
    pullRequestId,
    pullRequestName,
    authorId: decision.authorId,
    teamName: decision.teamName,
    status: 'OPEN',
    reviewerIds: decision.assignedIds,
    createdAt,
    mergedAt: null,
  }
}
