import { Worker } from 'node:worker_threads'
import { withActive } from '../telemetry/tracing.ts'

export type Thread = {
  /** Lost where the thread is just being started again. */
  tell: (message: object) => void
  /** Says `stop` and waits until the thread says `stopped`, but not for long. */
  stop: () => Promise<void>
}

export type ToThread = { kind: 'stop' }
export type FromThread = { kind: 'stopped' }
/** Something went wrong, and the thread goes on. */
export type Failed = { kind: 'failed'; error: Error }

type ThreadOptions<Message> = {
  file: URL
  workerData: unknown
  hear: (message: Message) => void
  /** It ended by an error; another one takes its place. */
  onBroken: (error: unknown) => void
}

const RESTART_PAUSE_MS = 1000
const STOP_TIMEOUT_MS = 2000

/** Runs a file in a thread of its own, beside the one that answers requests, and again whenever it ends by itself. */
export function startThread<Message extends { kind: string }>(options: ThreadOptions<Message>): Thread {
  const { file, workerData, hear, onBroken } = options
  const stopped = Promise.withResolvers<void>()
  let isStopping = false
  let timer: ReturnType<typeof setTimeout> | undefined
  // What it says later is no part of the work that happened to start it.
  let worker = withActive(null, start)

  function start(): Worker {
    const started = new Worker(file, { workerData })
    started.on('message', (message: Message | FromThread) => {
      if (message.kind === 'stopped') stopped.resolve()
      else hear(message as Message)
    })
    started.on('error', onBroken)
    started.on('exit', () => {
      if (isStopping) stopped.resolve()
      else timer = setTimeout(() => (worker = start()), RESTART_PAUSE_MS)
    })
    return started
  }
  function tell(message: object): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
    worker.postMessage(message)
  }
  return {
    tell,
    async stop() {
      isStopping = true
      clearTimeout(timer)
      const stop: ToThread = { kind: 'stop' }
      tell(stop)
      await Promise.race([stopped.promise, Bun.sleep(STOP_TIMEOUT_MS)])
      await worker.terminate()
    },
  }
}
