import { formatCount, formatSeconds } from '../terminal/table.ts'
import type { Tally } from './changes.ts'
import type { Sent } from './send.ts'

export type GitReport = {
  repository: string
  /** A Tandem, a file, or nowhere. */
  target: string
  tally: Tally
  people: number
  /** Null where nothing was sent. */
  sent: Sent | null
  seconds: number
}

export function reportJson({ repository, target, tally, people, sent, seconds }: GitReport): object {
  return {
    repository,
    target,
    commits: tally.commits,
    by_bots: tally.byBots,
    without_date: tally.withoutDate,
    changes: tally.changes,
    with_reviewers: tally.withReviewers,
    people,
    ...(sent === null ? {} : { imported: sent.imported, known: sent.known }),
    seconds,
  }
}

export function reportText({ repository, target, tally, people, sent, seconds }: GitReport): string {
  const rows: [string, number][] = [
    ['commits, without merges', tally.commits],
    ['left out: by programs', tally.byBots],
    ...(tally.withoutDate === 0 ? [] : [['left out: at no time', tally.withoutDate] as [string, number]]),
    ['changes', tally.changes],
    ['with reviewers', tally.withReviewers],
    ['people', people],
    ...(sent === null
      ? []
      : ([
          ['imported now', sent.imported],
          ['known before', sent.known],
        ] as [string, number][])),
  ]
  const widest = Math.max(...rows.map(([name]) => name.length))
  const figures = rows.map(([name, count]) => `${name.padEnd(widest)}  ${formatCount(count).padStart(9)}`)
  return [`The history of ${repository} to ${target}, in ${formatSeconds(seconds)}`, '', ...figures].join('\n')
}
