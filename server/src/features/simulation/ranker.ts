import type { LandedChange } from '../reviews/index.ts'

/** A change of a review history. */
export type PastChange = LandedChange & {
  id: string
  openedMs: number
  /** Added and deleted, where known. */
  lines?: number | null
}

/** What may be known of a change when somebody is wanted for it. */
export type WrittenChange = {
  id: string
  authorId: string
  files: readonly string[]
  /** Added and deleted; null where unknown. */
  lines: number | null
  openedMs: number
  /** How many reviewers it is to have: as many as it really had. */
  wanted: number
}

/** A rule that says who should review. It sees changes in time order, and learns each when it has landed. */
export type Ranker = {
  name: string
  /** The candidates, best first; all of them, or only those the rule has an opinion on. */
  rank: (change: WrittenChange, candidates: readonly string[]) => readonly string[]
  learn: (change: PastChange) => void
}
