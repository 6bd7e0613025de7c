import type { Db } from '../db/database.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Boss, Taken } from './boss.ts'
import type { Outcome } from './figures.ts'
import { GiveUp, JobLost, type BoundJob, type Job } from './job.ts'
import { splitTrace } from './payload-trace.ts'
import { completeJob, giveUpJob } from './queries.ts'

/** Why an attempt was cut off by its worker: the job belongs to somebody else from then on. */
export class CutOff extends Error {
  override readonly name = 'CutOff'
}

class OutOfTime extends Error {
  override readonly name = 'OutOfTime'
}

/** Makes one attempt and settles it. `cutOff` ends the wait for it, without settling. */
export async function runJob(
  { db, boss, log }: { db: Db; boss: Boss; log: Logger },
  kind: BoundJob,
  taken: Taken,
  cutOff: AbortSignal,
): Promise<Outcome> {
  const told = { job_id: taken.id, kind: kind.name, attempt: taken.retryCount + 1 }
  const progress: Progress = { isDone: false }
  try {
    await attempt(db, kind, taken, { cutOff, progress })
    // Finds nothing where `run` has completed it by `finish`.
    if (!progress.isDone) await db.run(completeJob(taken))
    return 'done'
  } catch (error) {
    if (progress.isDone) {
      log.warn({ ...told, err: error }, 'a job failed after it was done')
      return 'done'
    }
    if (error instanceof JobLost || error instanceof CutOff) {
      log.warn({ ...told, reason: error.message }, 'an attempt at a job came to nothing')
      return 'lost'
    }
    const outcome = await settleFailure({ db, boss }, taken, error)
    const text = { dead: 'a job is dead', retry: 'a job failed and is tried again', lost: 'a job failed after its end' }
    log[outcome === 'dead' ? 'error' : 'warn']({ ...told, err: error }, text[outcome])
    return outcome
  }
}

type Progress = { isDone: boolean }

async function attempt(
  db: Db,
  kind: BoundJob,
  taken: Taken,
  { cutOff, progress }: { cutOff: AbortSignal; progress: Progress },
): Promise<void> {
  const parsed = kind.payload.safeParse(splitTrace(taken.data).payload)
  if (!parsed.success) throw new GiveUp(`The payload is not what this version expects: ${parsed.error.message}`)
  const ending = new AbortController()
  const signal = ending.signal
  const timer = setTimeout(
    () => ending.abort(new OutOfTime(`It took longer than ${kind.timeoutMs} ms`)),
    kind.timeoutMs,
  )
  const onCutOff = () => ending.abort(cutOff.reason)
  cutOff.addEventListener('abort', onCutOff)
  if (cutOff.aborted) onCutOff()
  try {
    const ended = Promise.withResolvers<never>()
    signal.addEventListener('abort', () => ended.reject(signal.reason as Error))
    signal.throwIfAborted()
    // An attempt that does not heed its signal goes on alone; its claim is gone, so that it can complete nothing.
    await Promise.race([kind.run(jobOf(db, taken, progress, { payload: parsed.data, signal })), ended.promise])
  } finally {
    clearTimeout(timer)
    cutOff.removeEventListener('abort', onCutOff)
  }
}

function jobOf(
  db: Db,
  taken: Taken,
  progress: Progress,
  given: Pick<Job<unknown>, 'payload' | 'signal'>,
): Job<unknown> {
  const finish: Job<unknown>['finish'] = async (tx) => {
    const [completed] = await tx.run(completeJob(taken))
    if (completed === undefined) throw new JobLost('it was completed, or is another worker’s by now')
  }
  return {
    jobId: taken.id,
    workspaceId: Number(taken.groupId),
    ...given,
    attempt: taken.retryCount + 1,
    finish,
    async once(work) {
      const result = await db.transaction(async (tx) => {
        await finish(tx)
        return work(tx)
      })
      progress.isDone = true
      return result
    },
  }
}

async function settleFailure(
  { db, boss }: { db: Db; boss: Boss },
  taken: Taken,
  error: unknown,
): Promise<'dead' | 'retry' | 'lost'> {
  const failure = describeFailure(error)
  if (error instanceof GiveUp) return (await db.run(giveUpJob(taken, failure))).length > 0 ? 'dead' : 'lost'
  const { isOurs } = await boss.fail(db, taken, failure)
  if (!isOurs) return 'lost'
  return taken.retryCount >= taken.retryLimit ? 'dead' : 'retry'
}

const MAX_MESSAGE = 2000

function describeFailure(error: unknown): object {
  const known: Error & { code?: unknown } = error instanceof Error ? error : new Error(String(error))
  const { name, message, code } = known
  return { name, message: message.slice(0, MAX_MESSAGE), ...(typeof code === 'string' ? { code } : {}) }
}
