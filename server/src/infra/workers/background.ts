import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'
import { withActive } from '../telemetry/tracing.ts'

/** What a file that `startInBackground` runs exports as `begin`. */
export type Begin<Data, FromThere> = (data: Data, speaker: Speaker<FromThere>) => Work
/** To whoever started the work. */
export type Speaker<Message> = { tell: (message: Message) => void; fail: (error: unknown) => void }
/** `stop` is called once, when the work is to end; `hear` with everything else it is told. */
export type Work = { stop: () => Promise<unknown>; hear?: (message: unknown) => void }

export type WorkInBackground = {
  /** Lost where the thread is just being started again. */
  tell: (message: object) => void
  /** Says `stop` and waits until the work says `stopped`, but not for long. */
  stop: () => Promise<void>
}

export type Start = { file: string; data: unknown; port: MessagePort }
export type ToWork = { kind: 'stop' }
export type FromWork = { kind: 'stopped' }
/** Something went wrong, and the work goes on. */
export type Failed = { kind: 'failed'; error: Error }

type BackgroundOptions<Message> = {
  file: URL
  data: unknown
  hear: (message: Message) => void
  /** The thread ended by an error of this or other work; all of it is begun again. */
  onBroken: (error: unknown) => void
}

type Shared = { worker: Worker; users: Set<object> }

const RESTART_PAUSE_MS = 1000
const STOP_TIMEOUT_MS = 2000

let shared: Shared | null = null

/**
 * Runs a file in the thread that all work in the background of this process shares, beside the one that answers requests, and again
 * whenever that thread ends by itself. One thread for all: each has a compiler's and a garbage collector's work of its own.
 */
export function startInBackground<Message extends { kind: string }>(
  options: BackgroundOptions<Message>,
): WorkInBackground {
  const { file, data, hear, onBroken } = options
  const stopped = Promise.withResolvers<void>()
  const me = {}
  let isStopping = false
  let timer: ReturnType<typeof setTimeout> | undefined
  // What it says later is no part of the work that happened to start it.
  let { thread, port } = withActive(null, start)

  function start(): { thread: Shared; port: MessagePort } {
    shared ??= { worker: openThread(), users: new Set() }
    const joined = shared
    joined.users.add(me)
    joined.worker.on('error', onBroken)
    joined.worker.on('exit', onExit)
    const { port1, port2 } = new MessageChannel()
    port1.on('message', (message: Message | FromWork) => {
      if (message.kind === 'stopped') stopped.resolve()
      else hear(message as Message)
    })
    const begin: Start = { file: file.href, data, port: port2 }
    joined.worker.postMessage(begin, [port2])
    return { thread: joined, port: port1 }
  }
  function onExit(): void {
    port.close()
    if (isStopping) stopped.resolve()
    else timer = setTimeout(() => ({ thread, port } = start()), RESTART_PAUSE_MS)
  }
  /** Whoever leaves last ends the thread. */
  async function leave(): Promise<void> {
    const { worker, users } = thread
    worker.off('error', onBroken)
    worker.off('exit', onExit)
    port.close()
    users.delete(me)
    if (users.size > 0) return
    if (shared === thread) shared = null
    await worker.terminate()
  }

  return {
    tell: (message) => port.postMessage(message),
    async stop() {
      isStopping = true
      clearTimeout(timer)
      const stop: ToWork = { kind: 'stop' }
      port.postMessage(stop)
      await Promise.race([stopped.promise, Bun.sleep(STOP_TIMEOUT_MS)])
      await leave()
    },
  }
}

function openThread(): Worker {
  const worker = new Worker(new URL('./background-thread.ts', import.meta.url))
  worker.on('exit', () => {
    if (shared?.worker === worker) shared = null
  })
  return worker
}
