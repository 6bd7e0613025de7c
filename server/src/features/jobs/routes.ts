import { callOf, command, question, type Api } from '../../infra/http/api.ts'
import { DEFAULT_PAGE_SIZE } from '../../infra/http/schemas.ts'
import type { Jobs } from './jobs.ts'
import { listJobs } from './list-jobs.ts'
import { retryJob } from './retry-job.ts'
import * as schemas from './schemas.ts'

const listJobsRoute = question({
  path: '/job/list',
  operationId: 'listJobs',
  tag: 'Jobs',
  summary: 'Jobs in the background, newest first: dead ones with their error, or those in another state',
  description: 'Jobs are kept for a day after they are done, and for 30 days after they are dead.',
  request: schemas.JobListQuery,
  success: { status: 200, schema: schemas.JobListSchema, description: 'A page of jobs' },
})

const retryJobRoute = command({
  path: '/job/retry',
  operationId: 'retryJob',
  tag: 'Jobs',
  summary: 'Have a dead job tried again, at once and with as many attempts as a new one',
  request: schemas.JobRetrySchema,
  success: { status: 200, schema: schemas.JobAnswer, description: 'The job, which waits for its next attempt' },
  refusals: { 404: 'NOT_FOUND', 409: 'JOB_NOT_DEAD, JOB_REPLACED' },
})

export function addJobRoutes(api: Api, jobs: Jobs): void {
  api.openapi(listJobsRoute, async (c) => {
    const { state = 'dead', kind = null, cursor, limit = DEFAULT_PAGE_SIZE } = c.req.valid('query')
    const page = await listJobs(jobs, c.env.actor, { state, kind, cursor, limit })
    return c.json({ jobs: page.rows.map(schemas.toJobJson), next_cursor: page.nextCursor }, 200)
  })
  api.openapi(retryJobRoute, async (c) => {
    const job = await retryJob(jobs, callOf(c, { jobId: c.req.valid('json').job_id }))
    return c.json({ job: schemas.toJobJson(job) }, 200)
  })
}
