import { runCall, type Call } from '../../infra/db/commands.ts'
import type { Executor } from '../../infra/db/database.ts'
import { AppError } from '../../shared/errors.ts'
import type { StoredJob } from './job.ts'
import type { Jobs } from './jobs.ts'
import { findJob, reviveJob } from './queries.ts'

const UNIQUE_VIOLATION = '23505'

/** A dead job is due at once, with as many attempts as a new one. */
export function retryJob(deps: Jobs, call: Call<{ jobId: string }>): Promise<StoredJob> {
  const { jobId } = call.input
  return runCall(deps, call, async (tx) => {
    const [revived] = await tx.run(reviveJob(deps.workspaceId, jobId)).catch(refuseDuplicate)
    if (revived === undefined) throw await refusal(tx, deps.workspaceId, jobId)
    return { result: revived, changed: [] }
  })
}

async function refusal(executor: Executor, workspaceId: number, jobId: string): Promise<AppError> {
  const job = await findJob(executor, workspaceId, jobId)
  if (job === undefined) return new AppError('not_found', 'NOT_FOUND', `No job has the id ${jobId}.`)
  return new AppError('conflict', 'JOB_NOT_DEAD', `The job is ${job.state}; only a dead one can be retried.`)
}

function refuseDuplicate(error: unknown): never {
  if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error
  throw new AppError('conflict', 'JOB_REPLACED', 'Another job of its kind with the same key has taken its place.')
}
