/** A change that landed before Tandem came or beside it, and who reviewed it. */
export type PastChange = {
  /** Empty where the history names none. */
  repository: string
  changeId: string
  authorId: string
  /** Never the author, nobody twice. */
  reviewerIds: readonly string[]
  files: readonly string[]
  /** From, to. */
  renames: readonly (readonly [string, string])[]
  deleted: readonly string[]
  /** In milliseconds. */
  landedAt: number
  /** In milliseconds; never after `landedAt`. */
  writtenAt: number
  /** Added and deleted, together. */
  lines: number
}

/** Where a change stands in the order of landing. */
export type Place = Pick<PastChange, 'landedAt' | 'repository' | 'changeId'>

/** Beyond these a change says who swept through everything, not who knows what. */
export const MAX_FILES = 3000
const MAX_LINES = 2 ** 31 - 1

/** The change as it is kept: the author is no reviewer, nobody reviews twice, nothing is written after it landed. */
export function tidied(change: PastChange): PastChange {
  const { authorId, reviewerIds, files, renames, deleted, landedAt, writtenAt, lines } = change
  return {
    ...change,
    reviewerIds: [...new Set(reviewerIds)].filter((id) => id !== authorId),
    files: [...new Set(files)].slice(0, MAX_FILES),
    renames: renames.slice(0, MAX_FILES),
    deleted: [...new Set(deleted)].slice(0, MAX_FILES),
    writtenAt: Math.min(writtenAt, landedAt),
    lines: Math.min(lines, MAX_LINES),
  }
}
