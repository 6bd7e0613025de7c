import { formatCount, formatSeconds, formatShare, formatTable } from '../terminal/table.ts'
import type { DemoResult, Done } from './fill.ts'
import type { DemoPlan, DemoTeam } from './plan.ts'

type Evenness = { gini: number; top_20_percent_share: number }

export type DemoReport = {
  url: string
  result: DemoResult
  requests: number
  seconds: number
  /** Of everybody on the instance, whoever put them there. */
  stats: Evenness & { by_team: readonly Evenness[] }
}

export function demoText({ url, result, requests, seconds, stats }: DemoReport, plan: DemoPlan): string {
  const row = (name: string, { now, before }: Done) => [name, formatCount(now), formatCount(before)]
  const table = formatTable(
    ['', 'this run', 'there before'],
    [
      row('teams', result.teams),
      row('users', result.users),
      row('pull requests opened', result.opened),
      row('pull requests merged', result.merged),
      ['reviews reassigned', formatCount(result.reassigned)],
      ['reviews handed over', formatCount(result.handedOver)],
    ],
  )
  return [
    table,
    '',
    `${formatCount(requests)} requests in ${formatSeconds(seconds)}: ${formatCount(Math.round(requests / seconds))} a second`,
    '',
    'How evenly all reviews here are spread (Gini: 0 is even, 1 is everything on one person)',
    '',
    formatTable(
      ['', 'Gini', 'busiest 20 % carry'],
      [evennessRow('all people', stats), evennessRow('within a team, on average', meanOf(stats.by_team))],
    ),
    ...foreignNote(result.foreignTeams),
    '',
    'Try next:',
    ...nextCalls(url, ownTeams(plan, result)).map((call) => `  curl '${call}'`),
    '',
    `Everything else: ${url}/docs`,
  ].join('\n')
}

export function demoJson({ url, result, requests, seconds, stats }: DemoReport): object {
  return {
    url,
    teams: result.teams,
    teams_left_alone: result.foreignTeams,
    users: result.users,
    opened: result.opened,
    merged: result.merged,
    reassigned: result.reassigned,
    handed_over: result.handedOver,
    requests,
    seconds,
    requests_per_second: Math.round(requests / seconds),
    gini: stats.gini,
    top_20_percent_share: stats.top_20_percent_share,
    within_teams: meanOf(stats.by_team),
  }
}

function evennessRow(name: string, { gini, top_20_percent_share }: Evenness): string[] {
  return [name, gini.toFixed(3), formatShare(top_20_percent_share)]
}

function meanOf(teams: readonly Evenness[]): Evenness {
  const mean = (figure: (team: Evenness) => number) =>
    Math.round((10_000 * teams.reduce((sum, team) => sum + figure(team), 0)) / teams.length) / 10_000
  return { gini: mean((team) => team.gini), top_20_percent_share: mean((team) => team.top_20_percent_share) }
}

function foreignNote(names: readonly string[]): string[] {
  if (names.length === 0) return []
  return ['', `Left alone, because other people are in them: ${names.join(', ')}`]
}

function ownTeams({ teams }: DemoPlan, { foreignTeams }: DemoResult): readonly DemoTeam[] {
  return teams.filter(({ team }) => !foreignTeams.includes(team.team_name))
}

function nextCalls(url: string, [first]: readonly DemoTeam[]): string[] {
  const [pullRequest] = first?.pullRequests ?? []
  const reviewer = first?.team.members.find(({ user_id }) => user_id !== pullRequest?.authorId)
  const call = (path: string, query: Record<string, string>) => `${url}${path}?${new URLSearchParams(query).toString()}`
  return [
    call('/stats/get', first === undefined ? {} : { team_name: first.team.team_name }),
    ...(pullRequest === undefined ? [] : [call('/decision/get', { pull_request_id: pullRequest.id })]),
    ...(pullRequest === undefined || reviewer === undefined
      ? []
      : [call('/decision/whyNot', { pull_request_id: pullRequest.id, user_id: reviewer.user_id })]),
  ]
}
