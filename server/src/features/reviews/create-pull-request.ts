import type { BatchOutcome } from '../../infra/batch/batcher.ts'
import { runCalls, type Call, type Done } from '../../infra/db/commands.ts'
import type { Tx } from '../../infra/db/database.ts'
import { actorLabel } from '../../shared/actor.ts'
import { unknownUser, updateRotations } from '../people/index.ts'
import { decide } from './domain/decide.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { holdTeams, locateUsers, type HeldTeams } from './held-teams.ts'
import { insertPullRequests, type NewPullRequest } from './queries/assignments.ts'
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

/** `createPullRequest` for calls with different ids, in one transaction. */
export function createPullRequests(
  deps: Deciding,
  calls: readonly Call<PullRequestRequest>[],
): Promise<readonly BatchOutcome<PullRequest>[]> {
  return runCalls(deps, calls, async (tx, fresh): Promise<Done<PullRequest>> => {
    const teamOf = await locateUsers(
      deps,
      tx,
      fresh.map(({ input }) => input.authorId),
    )
    const [teams, existing] = await Promise.all([
      holdTeams(deps, tx, teamOf),
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
      .map((call) => decideRow(deps, teams, call, teamOf.get(call.input.authorId)!))
    const createdAt = await write(deps, tx, teams, rows)
    const byId = new Map(rows.map((row) => [row.pullRequestId, row]))
    return {
      outcomes: fresh.map(({ input }): BatchOutcome<PullRequest> => {
        const { pullRequestId, authorId } = input
        const row = byId.get(pullRequestId)
        const at = createdAt.get(pullRequestId)
        if (row !== undefined && at !== undefined) return { ok: true, value: asPullRequest(row, at) }
        const isKnown = existingIds.has(pullRequestId) || teamOf.has(authorId)
        return { ok: false, error: isKnown ? pullRequestExists(pullRequestId) : unknownUser(authorId) }
      }),
      afterCommit: () => {
        const opened = rows.filter(({ pullRequestId }) => createdAt.has(pullRequestId))
        for (const reviewerId of opened.flatMap(({ decision }) => decision.assignedIds)) {
          deps.openReviews.add(reviewerId, 1)
        }
      },
    }
  })
}

function decideRow(
  deps: Deciding,
  teams: HeldTeams,
  { input, actor }: Call<PullRequestRequest>,
  teamName: string,
): NewPullRequest {
  const { pullRequestId, pullRequestName, authorId } = input
  const team = teams.team(teamName)
  const wanted = team.roster.reviewersWanted
  const decision = decide(team, { kind: 'create', authorId, wanted, keptIds: [], replacedId: null }, deps.nextSeed())
  teams.include(decision)
  return { pullRequestId, pullRequestName, decision, actor: actorLabel(actor) }
}

/** Gives the creation time of each pull request that was opened. */
async function write(
  { workspaceId }: Deciding,
  tx: Tx,
  teams: HeldTeams,
  rows: readonly NewPullRequest[],
): Promise<Map<string, string>> {
  if (rows.length === 0) return new Map()
  const insert = insertPullRequests(workspaceId, rows)
  const inserted = teams.turns.size === 0 ? await tx.runAndCommit(insert) : await tx.run(insert)
  if (teams.turns.size > 0) await tx.runAndCommit(updateRotations(workspaceId, teams.turns))
  return new Map(inserted.map((row) => [row.pull_request_id, row.created_at]))
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
