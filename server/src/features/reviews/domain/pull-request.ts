import { impediments } from './decision.ts'
import { effortOf } from './effort.ts'

export type PullRequestStatus = 'OPEN' | 'MERGED'

export type PullRequest = {
  pullRequestId: string
  pullRequestName: string
  authorId: string
  teamName: string
  status: PullRequestStatus
  reviewerIds: readonly string[]
  createdAt: string
  mergedAt: string | null
}

/** A changed file with its added and deleted lines, as it is stored. */
export type ChangedFile = readonly [path: string, added: number | null, deleted: number | null]

/** What a pull request changes and where it is, as much of it as was given. */
export type Details = {
  repository?: string
  url?: string
  labels?: readonly string[]
  files?: readonly ChangedFile[]
}

/** Why a seat stays empty. */
export const missingReasons = ['NO_ACTIVE_TEAMMATE', 'EVERY_TEAMMATE_EXCLUDED', ...impediments] as const
export type MissingReason = (typeof missingReasons)[number]

/** A pull request with all that stands in its row. */
export type FullPullRequest = PullRequest & {
  isDraft: boolean
  details: Details | null
  effort: number
  /** Of the reviewers, those whom a person chose. */
  chosenIds: readonly string[]
  /** Learns beside the reviewers, and is none of them. */
  shadowId: string | null
  /** Reviewers the team wanted and nobody could be found for. */
  missingReviewers: number
  missingReason: MissingReason | null
}

/** Paths as expertise knows them: those of different repositories stand under different directories. */
export function pathsOf(details: Details | null): string[] {
  const prefix = details?.repository === undefined ? '' : `${details.repository}/`
  return (details?.files ?? []).map(([path]) => prefix + path)
}

/** Of a pull request with these files; 1 where no lines were given. */
export function effortOfFiles(files: readonly ChangedFile[] | undefined): number {
  const known = (files ?? []).flatMap(([, added, deleted]) =>
    added === null && deleted === null ? [] : [(added ?? 0) + (deleted ?? 0)],
  )
  return effortOf(known.length === 0 ? null : known.reduce((sum, lines) => sum + lines, 0))
}
