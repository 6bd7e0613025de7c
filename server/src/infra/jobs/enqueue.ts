import type { z } from 'zod'
import type { Query } from '../db/database.ts'
import type { JobKind } from './job.ts'
import { bringForward, insertJobs } from './queries.ts'

export type EnqueueOptions = {
  /** Higher goes first; 0 unless said otherwise. */
  priority?: number
  /** Not before this moment, as RFC 3339. */
  runAt?: string
  delayMs?: number
  unique?: Unique
}

/**
 * Nothing is enqueued while another job of the kind with this key is there: still waits for its first attempt (`waiting`), is not done
 * or dead yet (`unfinished`), or is kept at all, which is a day after it is done (`kept`).
 */
export type Unique = { key: string; while: 'waiting' | 'unfinished' | 'kept' }

type Kind<Schema extends z.ZodType> = Omit<JobKind<Schema>, 'run'>

/**
 * A job, as a query to be run in the transaction that needs it: it is there when that commits. Gives its id, or no row where `unique`
 * says that there is one already. Throws where the payload is not what the kind expects. It will run as a part of the trace that
 * enqueues it, where that is kept.
 */
export function enqueue<Schema extends z.ZodType>(
  workspaceId: number,
  kind: Kind<Schema>,
  payload: z.input<Schema>,
  options: EnqueueOptions = {},
): Query<{ jobId: string }> {
  return enqueueAll(workspaceId, kind, [{ payload, ...options }])
}

/** `enqueue` for many of one kind, in one statement. */
export function enqueueAll<Schema extends z.ZodType>(
  workspaceId: number,
  kind: Kind<Schema>,
  jobs: readonly (EnqueueOptions & { payload: z.input<Schema> })[],
): Query<{ jobId: string }> {
  for (const { payload } of jobs) kind.payload.parse(payload)
  return insertJobs(workspaceId, kind, jobs)
}

/** Jobs with these keys, unique while unfinished, that wait for their first attempt are due now. */
export function hastenJobs(kind: Pick<JobKind, 'name'>, keys: readonly string[]): Query<never> {
  return bringForward(kind.name, keys)
}
