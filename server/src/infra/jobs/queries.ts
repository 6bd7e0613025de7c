import type { Query } from '../db/database.ts'
import type { EnqueueOptions } from './enqueue.ts'
import type { JobKind, RateLimit } from './job.ts'
import { withTrace } from './payload-trace.ts'
import { QUEUE_POLICY, queueOptions } from './queue-options.ts'

/** The claim of one attempt. Each claim counts `retryCount` up, so that an older one is known from it. */
export type Claim = { name: string; id: string; retryCount: number }

/** How long a job is kept after it is done; a dead one is kept longer. */
const DONE_KEPT_S = 86_400
const CLAIMS = 'unnest($1::text[], $2::uuid[], $3::integer[]) AS claim (name, id, retry_count)'
const CLAIMED = `j.name = claim.name AND j.id = claim.id AND j.state = 'active' AND j.retry_count = claim.retry_count`

/** By unique index of pg-boss: job_i1, job_i6 and, for a slot of time that never ends, job_i4. */
const uniqueness = {
  waiting: { policy: 'short', slot: null },
  unfinished: { policy: 'exclusive', slot: null },
  kept: { policy: 'standard', slot: 'epoch' },
}

/** Writes past the package, as its manual allows (docs/sql/job-table.md), so that whoever enqueues needs only the transaction. */
export function insertJobs(
  workspaceId: number,
  kind: Pick<JobKind, 'name' | 'maxAttempts' | 'timeoutMs' | 'retryAfter'>,
  jobs: readonly (EnqueueOptions & { payload: unknown })[],
): Query<{ jobId: string }> {
  const options = queueOptions(kind)
  const rows = jobs.map(({ payload, priority = 0, runAt = null, delayMs = 0, unique }) => ({
    payload: withTrace(payload),
    priority,
    run_at: runAt,
    delay_ms: delayMs,
    key: unique?.key ?? null,
    ...(unique === undefined ? { policy: 'standard', slot: null } : uniqueness[unique.while]),
  }))
  return {
    name: 'insert-jobs',
    text: `WITH made AS MATERIALIZED (
        SELECT tandem_jobs.create_queue($1, $2) WHERE NOT EXISTS (SELECT FROM tandem_jobs.queue WHERE name = $1)
      )
      INSERT INTO tandem_jobs.job_common (name, group_id, data, priority, start_after, keep_until, singleton_key,
        singleton_on, policy, retry_limit, retry_delay, retry_backoff, retry_delay_max, expire_seconds,
        deletion_seconds, heartbeat_seconds)
      SELECT $1, $3, j.payload, j.priority, j.start_after, j.start_after + o."retentionSeconds" * interval '1 second',
        j.key, j.slot, j.policy, o."retryLimit", o."retryDelay", true, o."retryDelayMax", o."expireInSeconds",
        o."deleteAfterSeconds", o."heartbeatSeconds"
      FROM (
        SELECT *, coalesce(run_at, now() + delay_ms * interval '1 millisecond') AS start_after
        FROM jsonb_to_recordset($4) AS row (payload jsonb, priority integer, run_at timestamptz,
          delay_ms double precision, key text, policy text, slot timestamp)
      ) AS j
      CROSS JOIN jsonb_to_record($2) AS o ("retryLimit" integer, "retryDelay" integer, "retryDelayMax" integer,
        "expireInSeconds" integer, "heartbeatSeconds" integer, "retentionSeconds" integer, "deleteAfterSeconds" integer)
      LEFT JOIN made ON true
      ON CONFLICT DO NOTHING
      RETURNING id AS "jobId"`,
    values: [
      kind.name,
      JSON.stringify({ policy: QUEUE_POLICY, ...options }),
      String(workspaceId),
      JSON.stringify(rows),
    ],
  }
}

/** Goes by the index of those unique while unfinished, job_i6. */
export function bringForward(kind: string, keys: readonly string[]): Query<never> {
  return {
    name: 'bring-jobs-forward',
    text: `UPDATE tandem_jobs.job_common SET start_after = now()
      WHERE name = $1 AND coalesce(singleton_key, '') = ANY ($2) AND policy = 'exclusive' AND state <= 'active'
        AND state = 'created' AND start_after > now()`,
    values: [kind, keys],
  }
}

/** Nothing where the claim is not held any more. */
export function completeJob({ name, id, retryCount }: Claim): Query<{ id: string }> {
  return {
    name: 'complete-job',
    text: `UPDATE tandem_jobs.job_common
      SET state = 'completed', completed_on = now(), output = NULL, deletion_seconds = ${DONE_KEPT_S}
      WHERE name = $1 AND id = $2 AND state = 'active' AND retry_count = $3 RETURNING id`,
    values: [name, id, retryCount],
  }
}

/** Dead, whatever attempts are left. */
export function giveUpJob({ name, id, retryCount }: Claim, failure: object): Query<{ id: string }> {
  return {
    name: 'give-up-job',
    text: `UPDATE tandem_jobs.job_common SET state = 'failed', completed_on = now(), output = $4
      WHERE name = $1 AND id = $2 AND state = 'active' AND retry_count = $3 RETURNING id`,
    values: [name, id, retryCount, JSON.stringify(failure)],
  }
}

/** For others to take at once; the attempt does not count. */
export function handBackJobs(claims: readonly Claim[]): Query<{ id: string }> {
  return {
    name: 'hand-back-jobs',
    text: `UPDATE tandem_jobs.job_common AS j
      SET state = 'retry', retry_limit = j.retry_limit + 1, start_after = now(), heartbeat_on = NULL
      FROM ${CLAIMS} WHERE ${CLAIMED} RETURNING j.id`,
    values: arraysOf(claims),
  }
}

/** Says that their worker lives; gives those it still holds. */
export function touchJobs(claims: readonly Claim[]): Query<{ id: string }> {
  return {
    name: 'touch-jobs',
    text: `UPDATE tandem_jobs.job_common AS j SET heartbeat_on = now()
      FROM ${CLAIMS} WHERE ${CLAIMED} RETURNING j.id`,
    values: arraysOf(claims),
  }
}

function arraysOf(claims: readonly Claim[]): unknown[] {
  return [claims.map(({ name }) => name), claims.map(({ id }) => id), claims.map(({ retryCount }) => retryCount)]
}

/** Kinds with a job to be run now; the one whose first job goes before those of the others first. */
export function listReadyKinds(names: readonly string[]): Query<{ name: string }> {
  return {
    name: 'list-ready-kinds',
    text: `SELECT k.name FROM unnest($1::text[]) AS k (name)
      CROSS JOIN LATERAL (
        SELECT priority, created_on FROM tandem_jobs.job_common AS j
        WHERE j.name = k.name AND state < 'active' AND NOT blocked AND start_after <= now()
        ORDER BY priority DESC, created_on LIMIT 1
      ) AS first ORDER BY first.priority DESC, first.created_on`,
    values: [names],
  }
}

/** Claims whose time is up, or whose worker has not been heard of for too long. */
export function listLostClaims(names: readonly string[], limit: number): Query<Claim & { isSilent: boolean }> {
  return {
    name: 'list-lost-claims',
    text: `SELECT name, id, retry_count AS "retryCount",
        coalesce(heartbeat_on + heartbeat_seconds * interval '1 second' < now(), false) AS "isSilent"
      FROM tandem_jobs.job_common
      WHERE name = ANY ($1) AND state = 'active' AND group_id IS NOT NULL
        AND (started_on + expire_seconds * interval '1 second' < now()
          OR heartbeat_on + heartbeat_seconds * interval '1 second' < now())
      LIMIT $2`,
    values: [names, limit],
  }
}

/** Holds the kind's bucket until the transaction ends; gives how many tokens are in it. */
export function lockRate(kind: string, { jobs, perMs }: RateLimit): Query<{ tokens: number }> {
  return {
    name: 'lock-job-rate',
    text: `INSERT INTO tandem_jobs.rate AS r VALUES ($1, $2, clock_timestamp())
      ON CONFLICT (kind) DO UPDATE SET refilled_at = clock_timestamp(), tokens = least($2, r.tokens
        + $2::double precision / $3 * 1000 * greatest(0, extract(epoch FROM clock_timestamp() - r.refilled_at)))
      RETURNING tokens`,
    values: [kind, jobs, perMs],
  }
}

export function spendRate(kind: string, tokens: number): Query<never> {
  return {
    name: 'spend-job-rate',
    text: 'UPDATE tandem_jobs.rate SET tokens = tokens - $2 WHERE kind = $1',
    values: [kind, tokens],
  }
}

export type QueueDepth = { kind: string; waiting: number; dead: number }

/** As of the last count, which is at most about a minute old. */
export function listQueueDepths(kinds: readonly string[]): Query<QueueDepth> {
  return {
    name: 'list-queue-depths',
    text: `SELECT name AS kind, queued_count AS waiting, failed_count AS dead
      FROM tandem_jobs.queue WHERE name = ANY ($1) ORDER BY name`,
    values: [kinds],
  }
}
