import type { Db } from './infra/db/database.ts'

/** What a use case may need from outside; each takes the part it needs by `Pick`. */
export type Context = {
  db: Db
  /** The tenant; always 1 until access control comes. First in every key. */
  workspaceId: number
  /** A fresh seed for a decision: a whole number from 0 to 2^32 - 1. */
  nextSeed: () => number
  /** Milliseconds of a clock that never goes back. */
  monotonicMs: () => number
}
