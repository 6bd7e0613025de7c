import type { Logger } from '../telemetry/logger.ts'
import type { FromWorker, ToWorker } from './messages.ts'

const MAX_FAILED_STARTS = 5
const FIRST_RESTART_MS = 100
const SLOWEST_RESTART_MS = 5000
/** A worker that served that long did not die of what its predecessor died of. */
const STEADY_AFTER_MS = 30_000

export type SlotOptions = {
  number: number
  /** Starts a worker; its number is added. */
  command: readonly string[]
  environment: Readonly<Record<string, string | undefined>>
  log: Logger
  onMessage: (message: FromWorker) => void
  onDeath: () => void
  /** Workers ended again and again before they were ready: no other one is started. */
  onGivenUp: (failure: string) => void
}

/** One worker's place: a process of its own, and another one whenever it dies. */
export type WorkerSlot = {
  number: number
  /** False where no worker is ready to hear it. */
  tell: (message: ToWorker) => boolean
  /** Lets the worker finish its requests; one that has not ended after `timeoutMs` is killed. */
  stop: (timeoutMs: number) => Promise<void>
  kill: () => void
}

type Death = { worker: number; pid: number; exit_code: number | null; signal: NodeJS.Signals | number | null }

export function fillSlot(options: SlotOptions): WorkerSlot {
  const { number, log } = options
  let worker: Bun.Subprocess | null = null
  let readyAtMs: number | null = null
  let isStopping = false
  let failedStarts = 0
  let deathsInARow = 0
  let restart: NodeJS.Timeout | undefined

  function start(): void {
    worker = Bun.spawn([...options.command, String(number)], {
      env: { ...options.environment },
      stdio: ['ignore', 'inherit', 'inherit'],
      ipc: hear,
      onExit: bury,
    })
  }

  function hear(message: FromWorker, sender: Bun.Subprocess): void {
    if (sender !== worker) return
    if (message.kind === 'ready') {
      if (isStopping) return
      readyAtMs = performance.now()
      if (deathsInARow > 0) log.info({ worker: number, pid: sender.pid }, 'a new worker has taken the place')
    }
    options.onMessage(message)
  }

  function bury({ pid, exitCode, signalCode }: Bun.Subprocess): void {
    const servedMs = readyAtMs === null ? null : performance.now() - readyAtMs
    worker = null
    readyAtMs = null
    if (isStopping) return
    failedStarts = servedMs === null ? failedStarts + 1 : 0
    deathsInARow = servedMs !== null && servedMs > STEADY_AFTER_MS ? 1 : deathsInARow + 1
    options.onDeath()
    replace({ worker: number, pid, exit_code: exitCode, signal: signalCode })
  }

  function replace(dead: Death): void {
    if (failedStarts >= MAX_FAILED_STARTS) {
      log.error(dead, 'a worker died before it was ready, as those before it')
      const last = dead.signal ?? `exit code ${dead.exit_code}`
      options.onGivenUp(
        `Worker ${number} ended ${failedStarts} times in a row before it was ready, the last time with ${last}. ` +
          'What it said about it stands above; put that right, then start Tandem again.',
      )
      return
    }
    const restartInMs = Math.min(FIRST_RESTART_MS * 2 ** (deathsInARow - 1), SLOWEST_RESTART_MS)
    log.error({ ...dead, restart_in_ms: restartInMs }, 'a worker died; another one takes its place')
    restart = setTimeout(start, restartInMs)
  }

  start()
  return {
    number,
    tell(message) {
      if (worker === null || readyAtMs === null) return false
      worker.send(message)
      return true
    },
    async stop(timeoutMs) {
      isStopping = true
      clearTimeout(restart)
      if (worker === null) return
      const { exited, pid } = worker
      worker.kill('SIGTERM')
      const isOver = await Promise.race([exited.then(() => true), Bun.sleep(timeoutMs).then(() => false)])
      if (isOver) return
      log.error({ worker: number, pid }, 'a worker did not stop in time and is killed')
      worker.kill('SIGKILL')
      await exited
    },
    kill: () => worker?.kill('SIGKILL'),
  }
}
