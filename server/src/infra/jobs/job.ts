import type { z } from 'zod'
import type { Tx } from '../db/database.ts'

/** One attempt at a job, as its `run` sees it. */
export type Job<Payload> = {
  jobId: string
  workspaceId: number
  payload: Payload
  /** 1 at first. */
  attempt: number
  /** Aborted when the attempt is out of time, taken from this worker, or cut off by the end of the process. */
  signal: AbortSignal
  /**
   * Does the work in a transaction that completes the job too: the effect is there exactly once, whatever dies when. An attempt that
   * comes too late throws `JobLost` before it works.
   */
  once: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>
  /** Completes the job in a transaction of the caller; throws `JobLost`, which must undo it, where the job is not ours any more. */
  finish: (tx: Pick<Tx, 'run'>) => Promise<void>
}

export type RateLimit = {
  /** Starts in `perMs`, over all processes; as many may start at once after a pause. */
  jobs: number
  perMs: number
}

export type JobKind<Schema extends z.ZodType = z.ZodType, Deps = never> = {
  /** Lower-case words with hyphens; it stands in the database, so it is never renamed while jobs of it wait. */
  name: string
  /** What the payload must be, when it is enqueued and again when it is run. It should hold ids, not copies of rows. */
  payload: Schema
  /** Attempts before the job is dead. */
  maxAttempts: number
  /** An attempt that takes longer has failed, and the job is anybody's. */
  timeoutMs: number
  /** Waits between attempts: the first, doubled each time, with jitter, up to the longest. In whole seconds. */
  retryAfter: { firstS: number; longestS: number }
  rateLimit: RateLimit | null
  /** Jobs of this kind at once in a process. */
  atOnce: number
  /** Enqueues itself without payload, at most one at a time, by these five fields in UTC. */
  cron: string | null
  run: (deps: Deps, job: Job<z.output<Schema>>) => Promise<unknown>
}

type Defaulted = 'maxAttempts' | 'timeoutMs' | 'retryAfter' | 'rateLimit' | 'atOnce' | 'cron'
type Definition<Schema extends z.ZodType, Deps> = Omit<JobKind<Schema, Deps>, Defaulted> &
  Partial<Pick<JobKind<Schema, Deps>, Defaulted>>

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/

/** A kind of job; `run` gets what `bindJob` gives it. */
export function defineJob<Schema extends z.ZodType, Deps>(definition: Definition<Schema, Deps>): JobKind<Schema, Deps> {
  if (!NAME.test(definition.name)) throw new Error(`${JSON.stringify(definition.name)} is no name for a job`)
  return {
    maxAttempts: 10,
    timeoutMs: 60_000,
    retryAfter: { firstS: 2, longestS: 3600 },
    rateLimit: null,
    atOnce: Infinity,
    cron: null,
    ...definition,
  }
}

/** A kind with what it needs to be run: an entry of the registry. */
export type BoundJob = Omit<JobKind, 'run'> & { run: (job: Job<unknown>) => Promise<unknown> }

export function bindJob<Schema extends z.ZodType, Deps>(kind: JobKind<Schema, Deps>, deps: Deps): BoundJob {
  return { ...kind, run: (job) => kind.run(deps, job as Job<z.output<Schema>>) }
}

/** Thrown by `run`: no further attempt would help, so the job is dead at once. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp'
}

/** This attempt came too late: the job was completed, or given to another worker. */
export class JobLost extends Error {
  override readonly name = 'JobLost'
}
