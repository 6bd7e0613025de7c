import type { Db } from '../db/database.ts'
import type { Logger } from '../telemetry/logger.ts'
import { FAILED, type Tracing } from '../telemetry/tracing.ts'
import { every } from '../timer.ts'
import { openBoss, type Boss, type Taken } from './boss.ts'
import { createJobFigures, type JobFigures, type Outcome } from './figures.ts'
import type { BoundJob } from './job.ts'
import { splitTrace } from './payload-trace.ts'
import { handBackJobs, listLostClaims, touchJobs } from './queries.ts'
import { CutOff, runJob } from './run-job.ts'
import { takeJobs } from './take-jobs.ts'

/** How soon a job is started that nobody waits for. */
const POLL_MS = 250
const REOPEN_MS = 1000
/** Of the time to stop, what is left for cron and housekeeping to end. */
const CLOSE_MS = 500
/** Well within the time after which a silent worker loses its jobs; see queue-options.ts. */
const TOUCH_MS = 3000
const RESCUE_MS = 1000
const RESCUED_TOGETHER = 100

export type JobWorkerOptions = {
  db: Db
  databaseUrl: string
  kinds: readonly BoundJob[]
  /** Jobs of this process under way at once. */
  atOnce: number
  log: Logger
  tracing?: Tracing | undefined
}

export type JobWorker = {
  figures: JobFigures
  /** Takes no more jobs, and waits for those under way; what is not done in time is handed back for others to do. */
  stop: (timeoutMs: number) => Promise<void>
}

type Running = { taken: Taken; cutOff: AbortController; ended: Promise<void> }
type State = { running: Set<Running>; stopping: AbortController; figures: JobFigures; wake: () => void }

/** Runs jobs until it is stopped. A database that is away is waited for. */
export function startJobWorker(options: JobWorkerOptions): JobWorker {
  const { db, kinds, log } = options
  const state: State = {
    running: new Set(),
    stopping: new AbortController(),
    figures: createJobFigures(kinds.map(({ name }) => name)),
    wake: () => undefined,
  }
  const opened = openPatiently(options, state.stopping.signal)
  const working = opened.then((boss) => (boss === null ? undefined : work(options, boss, state)))
  let stopped: Promise<void> | null = null

  async function stop(timeoutMs: number): Promise<void> {
    state.stopping.abort()
    state.wake()
    const all = working.then(() => Promise.all([...state.running].map(({ ended }) => ended)))
    await Promise.race([all, Bun.sleep(Math.max(0, timeoutMs - CLOSE_MS))])
    const left = [...state.running]
    for (const { cutOff } of left) cutOff.abort(new CutOff('the process ended'))
    if (left.length > 0) {
      log.warn({ jobs: left.length }, 'jobs are not done in time and handed back')
      await db
        .run(handBackJobs(left.map(({ taken }) => taken)))
        .catch((error: unknown) => log.warn({ err: error }, 'could not hand jobs back; others take them soon'))
    }
    await Promise.race([working.then(() => opened).then((boss) => boss?.close()), Bun.sleep(CLOSE_MS)])
  }
  return { figures: state.figures, stop: (timeoutMs) => (stopped ??= stop(timeoutMs)) }
}

async function openPatiently(options: JobWorkerOptions, stopping: AbortSignal): Promise<Boss | null> {
  while (!stopping.aborted) {
    try {
      return await openBoss(options.databaseUrl, options.kinds, options.log)
    } catch (error) {
      options.log.warn({ err: error }, 'jobs cannot be run yet')
      await Bun.sleep(REOPEN_MS)
    }
  }
  return null
}

async function work(options: JobWorkerOptions, boss: Boss, state: State): Promise<void> {
  const { db, log } = options
  const warn = (text: string) => (error: unknown) => log.warn({ err: error }, text)
  const timers = [
    every(TOUCH_MS, () => touch(db, state.running), warn('could not say that jobs are alive')),
    every(RESCUE_MS, () => rescue(options, boss), warn('could not look for lost jobs')),
  ]
  while (!state.stopping.signal.aborted) {
    const hasStarted = await startSome(options, boss, state).catch((error: unknown) => {
      log.warn({ err: error }, 'could not take jobs')
      return false
    })
    if (!hasStarted || state.running.size * 2 > options.atOnce) await pause(state)
  }
  // Those that wait for their end are still alive.
  await Promise.all([...state.running].map(({ ended }) => ended))
  await Promise.all(timers.map((timer) => timer.stop()))
}

/** Starts what is due as far as there is room; true where there was something. */
async function startSome(options: JobWorkerOptions, boss: Boss, state: State): Promise<boolean> {
  const { db, atOnce } = options
  const kinds = new Map(options.kinds.map((kind) => [kind.name, kind]))
  const free = atOnce - state.running.size
  if (free <= 0) return false
  const runningOf = Map.groupBy(state.running, ({ taken }) => taken.name)
  const roomOf = (kind: BoundJob) => kind.atOnce - (runningOf.get(kind.name)?.length ?? 0)
  const taken = await takeJobs({ db, boss }, kinds, free, roomOf)
  for (const one of taken) start(options, boss, state, kinds.get(one.name)!, one)
  return taken.length > 0
}

function start({ db, log, tracing }: JobWorkerOptions, boss: Boss, state: State, kind: BoundJob, taken: Taken): void {
  const startedMs = performance.now()
  const cutOff = new AbortController()
  state.figures.started(kind.name, Date.now() - Date.parse(taken.startAfter))
  const run = () =>
    runJob({ db, boss, log }, kind, taken, cutOff.signal).catch((error: unknown) => {
      // Its claim runs out, and it is done again.
      log.warn({ err: error, job_id: taken.id, kind: kind.name }, 'could not write down how a job ended')
      return 'lost' as const
    })
  const ended = (tracing === undefined ? run() : inJobSpan(tracing, taken, run)).then((outcome) => {
    state.running.delete(running)
    state.figures.ended(kind.name, outcome, performance.now() - startedMs)
    state.wake()
  })
  const running: Running = { taken, cutOff, ended }
  state.running.add(running)
}

/** In the trace that enqueued the job, where that is kept; else as a trace of its own. */
function inJobSpan(tracing: Tracing, taken: Taken, run: () => Promise<Outcome>): Promise<Outcome> {
  const { id, name, data, retryCount } = taken
  const attributes = { 'tandem.job.id': id, 'tandem.job.attempt': retryCount + 1 }
  const { parent } = splitTrace(data)
  return tracing.span(`job ${name}`, { kind: 'consumer', attributes, parent }, async (span) => {
    const outcome = await run()
    span.setAttribute('tandem.job.outcome', outcome)
    if (outcome === 'retry' || outcome === 'dead') span.setStatus(FAILED)
    return outcome
  })
}

/** Until half of the places are free, or something may have become due. */
async function pause(state: State): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const size = state.running.size
  state.wake = () => {
    if (state.stopping.signal.aborted || state.running.size * 2 <= size) resolve()
  }
  const timer = setTimeout(resolve, POLL_MS)
  if (state.stopping.signal.aborted) resolve()
  await promise
  clearTimeout(timer)
}

async function touch(db: Db, running: ReadonlySet<Running>): Promise<void> {
  const all = [...running]
  if (all.length === 0) return
  const held = new Set((await db.run(touchJobs(all.map(({ taken }) => taken)))).map(({ id }) => id))
  for (const one of all) {
    if (!held.has(one.taken.id)) one.cutOff.abort(new CutOff('it is another worker’s by now'))
  }
}

/** Sets back what belongs to workers that died or got stuck; it counts as an attempt. */
async function rescue({ db, kinds, log }: JobWorkerOptions, boss: Boss): Promise<void> {
  const names = kinds.map(({ name }) => name)
  for (const { isSilent, ...claim } of await db.run(listLostClaims(names, RESCUED_TOGETHER))) {
    const message = isSilent ? 'its worker fell silent' : 'it took too long'
    const { isOurs } = await boss.fail(db, claim, { name: 'JobLost', message })
    if (isOurs) log.warn({ job_id: claim.id, kind: claim.name, reason: message }, 'a job was taken from its worker')
  }
}
