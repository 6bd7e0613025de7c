import type { Target } from './connection.ts'
import type { Population } from './reference.ts'
import type { Window } from './tally.ts'

/** Everybody waits for an answer before the next request. */
export type ClosedLoop = {
  kind: 'closed'
  readers: number
  writers: number
  /** Connections that read or write by chance, in the proportion of the reference. */
  mixed?: number
  warmUpMs: number
  durationMs: number
}

/** Requests leave at their time, whatever became of those before. */
export type OpenLoop = {
  kind: 'open'
  /** 0 to 1. */
  readShare: number
  connections: number
  steps: readonly { ratePerSecond: number; durationMs: number }[]
  /** What happens to a request that finds every connection taken. */
  ifNoneFree: 'queue' | 'drop'
}

export type LoadShape = {
  /** The connections are spread over these. */
  targets: readonly Target[]
  /** Distinguishes the ids that this load makes from those of others. */
  name: string
  population: Population
  writes: 'mix' | 'creates'
  /** How many changed files each create names; without it, creates have the contract's three fields alone. */
  filesPerCreate?: number
  loop: ClosedLoop | OpenLoop
  /** The result is cut into stretches of this length. */
  windowMs: number
  /** Moves on to as many further teams after each of these. */
  moveOnMs?: number
}

/** From the parent: first the task, then when to start (Unix time). */
export type ToWorker = { task: LoadShape } | { startAtMs: number }
/** To the parent: first that all connections stand, then the result. */
export type FromWorker = 'ready' | { windows: Window[] }

/** What is measured of a loop, without its warm-up. */
export function measuredMs(loop: ClosedLoop | OpenLoop): number {
  return loop.kind === 'closed' ? loop.durationMs : loop.steps.reduce((sum, { durationMs }) => sum + durationMs, 0)
}

export function warmUpMsOf(loop: ClosedLoop | OpenLoop): number {
  return loop.kind === 'closed' ? loop.warmUpMs : 0
}
