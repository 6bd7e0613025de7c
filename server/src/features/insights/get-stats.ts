import type { Context } from '../../context.ts'
import type { Actor } from '../../shared/actor.ts'
import { unknownTeam } from '../people/index.ts'
import { gini, topFifthShare } from './domain/fairness.ts'
import * as queries from './queries.ts'

export type StatsQuestion = queries.Window & { limit: number }

export type Fairness = { gini: number; topFifthShare: number }
export type TeamStats = queries.TeamCount & Fairness & { assignments: number; openReviews: number; members: number }

export type Stats = {
  assignments: number
  openReviews: number
  openPullRequests: number
  mergedPullRequests: number
  users: number
  byUser: readonly queries.UserLoad[]
  byTeam: readonly TeamStats[]
  byPullRequest: readonly queries.PullRequestLoad[]
} & Fairness

/** Who was given how many reviews in a window of time, how evenly, and what is open now. */
export async function getStats(
  { db, workspaceId }: Pick<Context, 'db' | 'workspaceId'>,
  _actor: Actor,
  { limit, ...window }: StatsQuestion,
): Promise<Stats> {
  const [users, teams, pullRequests] = await Promise.all([
    queries.listUserLoads(db, workspaceId, window),
    queries.listTeamCounts(db, workspaceId, window.teamName),
    queries.listPullRequestLoads(db, workspaceId, window, limit),
  ])
  if (window.teamName !== null && teams.length === 0) throw unknownTeam(window.teamName)
  const usersOf = Map.groupBy(users, (user) => user.teamName)
  return {
    ...sumUp(users),
    openPullRequests: sum(teams.map((team) => team.openPullRequests)),
    mergedPullRequests: sum(teams.map((team) => team.mergedPullRequests)),
    users: users.length,
    byUser: users.slice(0, limit),
    byTeam: teams.map((team) => {
      const members = usersOf.get(team.teamName) ?? []
      return { ...team, ...sumUp(members), members: members.length }
    }),
    byPullRequest: pullRequests,
  }
}

/** Fairness is measured over the active: whoever is away cannot carry. */
function sumUp(users: readonly queries.UserLoad[]): Fairness & { assignments: number; openReviews: number } {
  const carried = users.filter(({ isActive }) => isActive).map(({ assignments }) => assignments)
  return {
    assignments: sum(users.map(({ assignments }) => assignments)),
    openReviews: sum(users.map(({ openReviews }) => openReviews)),
    gini: gini(carried),
    topFifthShare: topFifthShare(carried),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
