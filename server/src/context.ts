import type { BatchFigures } from './infra/batch/batcher.ts'
import type { AnswerCache } from './infra/cache/answer-cache.ts'
import type { Db } from './infra/db/database.ts'
import type { Tracing } from './infra/telemetry/tracing.ts'

export type Batching = {
  maxSize: number
  maxInFlight: number
  maxWaiting: number
  figures: BatchFigures
  tracing?: Tracing | undefined
}

/** What a use case may need from outside; each takes the part it needs by `Pick`. */
export type Context = {
  db: Db
  /** Answers to questions, kept in memory; whoever changes one says so. */
  answers: AnswerCache
  /** How commands and questions are gathered into batches. */
  batching: Batching
  /** The tenant; always 1 until access control comes. First in every key. */
  workspaceId: number
  /** A fresh seed for a decision: a whole number from 0 to 2^32 - 1. */
  nextSeed: () => number
  /** The time of day, in milliseconds since 1970. */
  nowMs: () => number
  /** Milliseconds of a clock that never goes back. */
  monotonicMs: () => number
}
