import type { PastChange } from '../ranker.ts'
import type { Replayed } from '../replay-history.ts'
import type { Rule } from '../rules.ts'

/** With a repository where the history has several, whose files are different ones then. */
export type HistoryRow = PastChange & { repository?: string | null }

export type ToReplayer =
  | { kind: 'forget' }
  /** More of the history, as the JSON of a list of `HistoryRow`. */
  | { kind: 'load'; json: string }
  | { kind: 'replay'; rule: Rule }

export type FromReplayer =
  /** The part that is done, from 0 to 1. */
  { kind: 'progress'; share: number } | { kind: 'replayed'; replayed: Replayed } | { kind: 'failed'; failure: string }
