import { formatCount, formatSeconds, formatShare, formatTable } from '../terminal/table.ts'
import type { Comparison, Side, TeamComparison } from './compare.ts'
import type { Spread } from './evenness.ts'
import type { Replayed } from './replay.ts'
import type { WhoMayReview } from './teams.ts'

export type ImportReport = {
  file: string
  url: string
  prefix: string
  whoMayReview: WhoMayReview
  /** Lines left out because their `pr` came before. */
  repeated: number
  replayed: Replayed
  comparison: Comparison
  requests: number
  seconds: number
}

const TEAMS_SHOWN = 8

export function importText({ repeated, replayed, comparison, requests, seconds, ...report }: ImportReport): string {
  const { opened, openedBefore, teamsAdded, teamsPresent } = replayed
  return [
    `Replayed ${report.file} at ${report.url}`,
    `Teams: ${teamsAdded} added, ${teamsPresent} there before, ${formatCount(comparison.people)} people. ` +
      `Pull requests: ${formatCount(opened)} opened, ${formatCount(openedBefore)} there before.`,
    ...(repeated === 0 ? [] : [`${formatCount(repeated)} lines repeat a pull request and were left out.`]),
    `${formatCount(requests)} requests in ${formatSeconds(seconds)}: ${formatCount(Math.round(requests / seconds))} a second`,
    '',
    'What was assigned and how evenly, beside what really happened',
    '',
    comparisonTable(comparison),
    '',
    ...definitions(report.whoMayReview, comparison),
    'Gini: 0 is even, 1 is everything on one person. Reviews are open from when a change was written until it landed.',
    '',
    `The largest ${Math.min(TEAMS_SHOWN, comparison.byTeam.length)} of ${comparison.byTeam.length} teams`,
    '',
    teamTable(comparison.byTeam.slice(0, TEAMS_SHOWN)),
  ].join('\n')
}

function definitions(whoMayReview: WhoMayReview, { people, candidates }: Comparison): string[] {
  const everybody =
    whoMayReview === 'everybody'
      ? `all ${formatCount(people)} people of the file, whether they ever reviewed or not.`
      : `the ${formatCount(candidates)} people who reviewed in the history; the others only author.`
  return [
    `Everybody: ${everybody}`,
    'Each is in one team from the first day to the last: that of the folder they touch most.',
  ]
}

function comparisonTable({ pullRequests, tandem, history, ...comparison }: Comparison): string {
  const row = (name: string, show: (side: Side) => string) => [name, show(tandem), show(history)]
  return formatTable(
    ['', 'Tandem', 'history'],
    [
      row('pull requests', () => formatCount(pullRequests)),
      row('reviews given', (side) => formatCount(side.reviews)),
      row('people who review', (side) => formatCount(side.reviewers)),
      row('Gini, everybody', (side) => formatGini(side.gini)),
      row('Gini, those who review', (side) => formatGini(side.giniOfReviewers)),
      row('busiest 20 % of everybody carry', (side) => formatShare(side.topFifthShare)),
      row('busiest person carries', (side) => formatShare(side.busiestShare)),
      row('most reviews open on one person at once', (side) => formatCount(side.mostOpenReviews)),
      ['picks that really reviewed that change', formatShare(comparison.hitRate)],
      ...['no reviewer', '1 reviewer', '2 reviewers', '3 reviewers or more'].map((name, index) =>
        row(`pull requests with ${name}`, (side) => formatCount(side.byReviewers[index]!)),
      ),
    ],
  )
}

function teamTable(teams: readonly TeamComparison[]): string {
  return formatTable(
    [
      'team',
      'people',
      'may review',
      'PRs',
      ...['reviews', 'Gini', 'busiest'].flatMap((figure) => [`${figure}: Tandem`, 'history']),
    ],
    teams.map(({ team, people, candidates, pullRequests, tandem, history }) => [
      team,
      formatCount(people),
      formatCount(candidates),
      formatCount(pullRequests),
      formatCount(tandem.reviews),
      formatCount(history.reviews),
      formatGini(tandem.gini),
      formatGini(history.gini),
      formatShare(tandem.busiestShare),
      formatShare(history.busiestShare),
    ]),
  )
}

function formatGini(value: number): string {
  return value.toFixed(3)
}

export function importJson({ replayed, comparison, ...report }: ImportReport): object {
  const { tandem, history } = comparison
  return {
    file: report.file,
    url: report.url,
    prefix: report.prefix,
    repeated_lines: report.repeated,
    teams: { now: replayed.teamsAdded, before: replayed.teamsPresent },
    opened: { now: replayed.opened, before: replayed.openedBefore },
    requests: report.requests,
    seconds: report.seconds,
    pull_requests: comparison.pullRequests,
    people: comparison.people,
    who_may_review: report.whoMayReview,
    candidates: comparison.candidates,
    hit_rate: comparison.hitRate,
    tandem: sideJson(tandem),
    history: sideJson(history),
    by_team: comparison.byTeam.map((team) => ({
      team_name: report.prefix + team.team,
      people: team.people,
      candidates: team.candidates,
      pull_requests: team.pullRequests,
      tandem: spreadJson(team.tandem),
      history: spreadJson(team.history),
    })),
  }
}

function sideJson(side: Side): object {
  const [none, one, two, more] = side.byReviewers
  return {
    ...spreadJson(side),
    most_open_reviews: side.mostOpenReviews,
    pull_requests_by_reviewers: { '0': none, '1': one, '2': two, '3+': more },
  }
}

function spreadJson(spread: Spread): object {
  return {
    reviews: spread.reviews,
    reviewers: spread.reviewers,
    gini: spread.gini,
    gini_of_reviewers: spread.giniOfReviewers,
    top_20_percent_share: spread.topFifthShare,
    busiest_share: spread.busiestShare,
  }
}
