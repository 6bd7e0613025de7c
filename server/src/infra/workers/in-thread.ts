import { parentPort } from 'node:worker_threads'
import type { Failed, FromThread, ToThread } from './thread.ts'

export type InThread<Message> = {
  /** To whoever started the thread. */
  tell: (message: Message) => void
  fail: (error: unknown) => void
}

/** For a file that `startThread` runs: `stop` is called once, when the thread is to end; `hear` with everything else it is told. */
export function inThread<FromHere>(
  stop: () => Promise<unknown>,
  hear: (message: unknown) => void = () => undefined,
): InThread<FromHere> {
  const port = parentPort!
  const tell = (message: FromHere | FromThread | Failed) => port.postMessage(message)
  port.on('message', (message: ToThread | { kind: string }) => {
    if (message.kind === 'stop') void stop().finally(() => tell({ kind: 'stopped' }))
    else hear(message)
  })
  return {
    tell,
    fail: (error) => tell({ kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) }),
  }
}
