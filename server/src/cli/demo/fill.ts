import { addTeam, type AddedTeam } from '../api/add-team.ts'
import type { ApiClient } from '../api/client.ts'
import { forEachAtOnce } from '../api/for-each-at-once.ts'
import type { PullRequestAnswer, Team } from '../api/types.ts'
import { activeIdsOf, type DemoPlan, type DemoPullRequest, type DemoTeam } from './plan.ts'

/** What was done by this run, and what was there before it. */
export type Done = { now: number; before: number }
export type DemoResult = {
  teams: Done
  /** Teams of the same name with other people; left alone. */
  foreignTeams: readonly string[]
  users: Done
  opened: Done
  merged: Done
  reassigned: number
  handedOver: number
}

const CONCURRENCY = 50
/** So many pull requests of each team are opened before those of the round before are merged. */
const ROUND = 10

/** Puts the plan into a running instance through its API. Doing so again changes nothing. */
export async function fill(client: ApiClient, plan: DemoPlan, advance: () => void): Promise<DemoResult> {
  const added = new Map<string, AddedTeam>()
  await forEachAtOnce(plan.teams, CONCURRENCY, async ({ team }) => {
    added.set(team.team_name, await addTeam(client, team))
    advance()
  })
  const [foreign, own] = partition(plan.teams, ({ team }) => added.get(team.team_name)!.state === 'different')
  const result: DemoResult = {
    teams: { now: 0, before: 0 },
    foreignTeams: foreign.map(({ team }) => team.team_name),
    users: { now: 0, before: 0 },
    opened: { now: 0, before: 0 },
    merged: { now: 0, before: 0 },
    reassigned: 0,
    handedOver: 0,
  }
  for (const { team } of own) {
    const when = added.get(team.team_name)!.state === 'added' ? 'now' : 'before'
    result.teams[when]++
    result.users[when] += team.members.length
  }
  await openAndMerge(client, own, result, advance)
  result.handedOver = await handOver(client, plan.holidayTeam, added)
  advance()
  return result
}

/** How often `fill` calls `advance` when nothing is in its way. */
export function countSteps({ teams }: DemoPlan): number {
  const pullRequests = teams.flatMap((team) => team.pullRequests)
  return teams.length + pullRequests.length + pullRequests.filter(({ isMerged }) => isMerged).length + 1
}

async function openAndMerge(
  client: ApiClient,
  teams: readonly DemoTeam[],
  result: DemoResult,
  advance: () => void,
): Promise<void> {
  const rounds = roundsOf(teams)
  const present = new Set<string>()
  async function mergeRound(round: readonly DemoPullRequest[]): Promise<void> {
    const merged = round.filter(({ isMerged }) => isMerged)
    await forEachAtOnce(merged, CONCURRENCY, async ({ id }) => {
      await client.post('/pullRequest/merge', { pull_request_id: id })
      result.merged[present.has(id) ? 'before' : 'now']++
      advance()
    })
  }
  for (const [index, round] of rounds.entries()) {
    await forEachAtOnce(round, CONCURRENCY, async (pullRequest) => {
      const { isNew, isReassigned } = await open(client, pullRequest)
      if (!isNew) present.add(pullRequest.id)
      result.opened[isNew ? 'now' : 'before']++
      if (isReassigned) result.reassigned++
      advance()
    })
    await mergeRound(rounds[index - 1] ?? [])
  }
  await mergeRound(rounds.at(-1) ?? [])
}

async function open(client: ApiClient, { id, name, authorId, isReassigned }: DemoPullRequest) {
  const opened = await client.post<PullRequestAnswer>(
    '/pullRequest/create',
    { pull_request_id: id, pull_request_name: name, author_id: authorId },
    ['PR_EXISTS'],
  )
  if (opened.refusal !== null) return { isNew: false, isReassigned: false }
  const [reviewerId] = opened.body.pr.assigned_reviewers
  if (!isReassigned || reviewerId === undefined) return { isNew: true, isReassigned: false }
  const expected = ['NO_CANDIDATE', 'NOT_ASSIGNED', 'PR_MERGED']
  const answer = await client.post('/pullRequest/reassign', { pull_request_id: id, old_user_id: reviewerId }, expected)
  return { isNew: true, isReassigned: answer.refusal === null }
}

/** Nobody goes twice: a team in which fewer are active than planned has had its holiday. */
async function handOver(
  client: ApiClient,
  planned: Team | null,
  added: ReadonlyMap<string, AddedTeam>,
): Promise<number> {
  const there = planned === null ? undefined : added.get(planned.team_name)
  if (planned === null || there === undefined || there.state === 'different') return 0
  const activeIds = activeIdsOf(there.team.members)
  if (activeIds.length < activeIdsOf(planned.members).length) return 0
  const { team_name } = planned
  const stats = await client.get<{ by_user: { user_id: string; open_reviews: number }[] }>('/stats/get', { team_name })
  const busiest = stats.by_user
    .filter(({ user_id }) => activeIds.includes(user_id))
    .toSorted((a, b) => b.open_reviews - a.open_reviews)
    .slice(0, 2)
  const body = { team_name, user_ids: busiest.map(({ user_id }) => user_id) }
  const answer = await client.post<{ deactivation: { moved: number } }>('/team/deactivateMembers', body)
  return answer.refusal === null ? answer.body.deactivation.moved : 0
}

/** Round by round, the teams side by side. */
function roundsOf(teams: readonly DemoTeam[]): DemoPullRequest[][] {
  const most = Math.max(0, ...teams.map(({ pullRequests }) => pullRequests.length))
  return Array.from({ length: Math.ceil(most / ROUND) }, (_, round) =>
    teams.flatMap(({ pullRequests }) => pullRequests.slice(round * ROUND, (round + 1) * ROUND)),
  )
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}
