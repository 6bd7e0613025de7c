import type { JobKind } from './job.ts'

/** A claim whose worker has not been heard of for so long is taken from it. */
const HEARTBEAT_S = 10
/** A dead job is kept for so long, and a waiting one at most. */
const KEPT_S = 30 * 86_400

/** A kind as pg-boss has it in `tandem_jobs.queue`; jobs made by cron take everything from there. */
export function queueOptions({
  maxAttempts,
  timeoutMs,
  retryAfter,
}: Pick<JobKind, 'maxAttempts' | 'timeoutMs' | 'retryAfter'>) {
  return {
    retryLimit: maxAttempts - 1,
    retryBackoff: true,
    retryDelay: retryAfter.firstS,
    retryDelayMax: retryAfter.longestS,
    // The worker gives up first, and says so in its own words.
    expireInSeconds: Math.ceil(timeoutMs / 1000) + 1,
    heartbeatSeconds: HEARTBEAT_S,
    retentionSeconds: KEPT_S,
    deleteAfterSeconds: KEPT_S,
  }
}

/** Of what cron makes there is one at a time; other jobs say for themselves how unique they are. */
export const QUEUE_POLICY = 'exclusive'
