import type { Executor, Query } from '../../infra/db/database.ts'
import { TRACE_FIELD } from '../../infra/jobs/payload-trace.ts'
import type { JobState, StoredJob } from './job.ts'

const stored: Record<JobState, string> = {
  waiting: 'created',
  retrying: 'retry',
  running: 'active',
  done: 'completed',
  dead: 'failed',
}
const STATE = `CASE j.state ${Object.entries(stored)
  .map(([state, name]) => `WHEN '${name}' THEN '${state}'`)
  .join(' ')} END`
// What fails a job is an object; the package itself puts its own into value.
const ERROR = `CASE WHEN j.state IN ('failed', 'retry') THEN coalesce(j.output ->> 'message', j.output #>> '{value,message}') END`
const PAYLOAD = `CASE jsonb_typeof(j.data) WHEN 'object' THEN j.data - '${TRACE_FIELD}' ELSE j.data END`
const COLUMNS = `j.id::text AS "jobId", j.name AS kind, ${STATE} AS state, ${PAYLOAD} AS payload, j.priority,
  CASE WHEN j.started_on IS NULL THEN 0 ELSE j.retry_count + 1 END AS attempts, j.retry_limit + 1 AS "maxAttempts",
  j.created_on AS "createdAt", j.start_after AS "dueAt", j.started_on AS "startedAt", j.completed_on AS "endedAt",
  ${ERROR} AS error`
/** The index of all jobs begins with the name of the kind. */
const BY_ID = `tandem_jobs.queue AS q JOIN LATERAL (
    SELECT * FROM tandem_jobs.job_common AS o WHERE o.name = q.name AND o.id = $2 AND o.group_id = $1::text OFFSET 0
  ) AS j ON true`

export type JobPage = {
  state: JobState
  kind: string | null
  before: readonly [createdAt: string, jobId: string] | null
  limit: number
}

/** Newest first; `before` is the last one seen. */
export async function listJobs(executor: Executor, workspaceId: number, page: JobPage): Promise<StoredJob[]> {
  const [createdAt, jobId] = page.before ?? ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff']
  return executor.run<StoredJob>({
    name: 'list-jobs',
    text: `SELECT ${COLUMNS} FROM tandem_jobs.job_common AS j
      WHERE j.group_id = $1::text AND j.state = $2 AND ($3::text IS NULL OR j.name = $3)
        AND (j.created_on, j.id) < ($4::timestamptz, $5::uuid)
      ORDER BY j.created_on DESC, j.id DESC LIMIT $6`,
    values: [workspaceId, stored[page.state], page.kind, createdAt, jobId, page.limit],
  })
}

export async function findJob(executor: Executor, workspaceId: number, jobId: string): Promise<StoredJob | undefined> {
  const [found] = await executor.run<StoredJob>({
    name: 'find-job',
    text: `SELECT ${COLUMNS} FROM ${BY_ID}`,
    values: [workspaceId, jobId],
  })
  return found
}

/** Due at once, with as many attempts as a new job of its kind; only a dead one. */
export function reviveJob(workspaceId: number, jobId: string): Query<StoredJob> {
  return {
    name: 'revive-job',
    // The count of attempts goes on: claims are told apart by it.
    text: `UPDATE tandem_jobs.job_common AS j
      SET state = 'retry', retry_limit = j.retry_count + 1 + found.retry_limit, start_after = now(),
        keep_until = now() + found.retention_seconds * interval '1 second', completed_on = NULL
      FROM (SELECT j.name, j.id, q.retry_limit, q.retention_seconds FROM ${BY_ID}) AS found
      WHERE j.name = found.name AND j.id = found.id AND j.state = 'failed'
      RETURNING ${COLUMNS}`,
    values: [workspaceId, jobId],
  }
}
