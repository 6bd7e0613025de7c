import { nextCursorField, pageFields, shownTimeField, textField, z } from '../../infra/http/schemas.ts'
import { jobStates, type StoredJob } from './job.ts'

const jobId = z
  .uuid('must be the id of a job')
  .toLowerCase()
  .openapi({ example: '5f0c1c9e-6a39-4a57-9f3b-0d9d8e6f1a11' })
const time = shownTimeField()
const kind = textField('forget-idempotency-keys')

export const JobListQuery = z.strictObject({
  state: z
    .enum(jobStates, `must be one of ${jobStates.join(', ')}`)
    .optional()
    .openapi({ description: 'Which jobs.', default: 'dead', example: 'dead' }),
  kind: kind.optional().openapi({ description: 'Only those of this kind.' }),
  ...pageFields,
})

export const JobRetrySchema = z.strictObject({ job_id: jobId }).openapi('JobRetry')

const JobSchema = z
  .object({
    job_id: jobId,
    kind,
    state: z.enum(jobStates).openapi({ example: 'dead' }),
    payload: z.any().openapi({ type: 'object', example: {} }),
    priority: z.int().openapi({ description: 'Higher goes first.', example: 0 }),
    attempts: z.int().openapi({ description: 'Attempts begun.', example: 10 }),
    max_attempts: z.int().openapi({ description: 'After so many it is dead.', example: 10 }),
    created_at: time,
    due_at: time.openapi({ description: 'When it is due; of one that is retried, the next time.' }),
    started_at: time.nullable().openapi({ description: 'Begin of the last attempt.' }),
    ended_at: time.nullable(),
    error: z
      .string()
      .nullable()
      .openapi({ description: 'Why the last attempt failed.', example: 'connect ECONNREFUSED 10.0.0.7:587' }),
  })
  .openapi('Job')

export const JobAnswer = z.object({ job: JobSchema })
export const JobListSchema = z.object({ jobs: z.array(JobSchema), next_cursor: nextCursorField })

export function toJobJson(job: StoredJob): z.infer<typeof JobSchema> {
  return {
    job_id: job.jobId,
    kind: job.kind,
    state: job.state,
    payload: job.payload,
    priority: job.priority,
    attempts: job.attempts,
    max_attempts: job.maxAttempts,
    created_at: job.createdAt,
    due_at: job.dueAt,
    started_at: job.startedAt,
    ended_at: job.endedAt,
    error: job.error,
  }
}
