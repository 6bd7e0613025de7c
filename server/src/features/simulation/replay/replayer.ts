import { Worker } from 'node:worker_threads'
import type { Replayed } from '../replay-history.ts'
import type { Rule } from '../rules.ts'
import type { FromReplayer, ToReplayer } from './messages.ts'

/** A thread of its own that replays a history, one rule at a time. */
export type Replayer = {
  /** Adds to the history it keeps; see `ToReplayer`. */
  load: (json: string) => void
  forget: () => void
  /** Throws when the rule fails, or when the thread ends before it is done. */
  replay: (rule: Rule, onProgress: (share: number) => void) => Promise<Replayed>
  close: () => Promise<void>
}

type Pending = {
  resolve: (replayed: Replayed) => void
  reject: (error: Error) => void
  onProgress: (share: number) => void
}

export function startReplayer(): Replayer {
  const worker = new Worker(new URL('worker.ts', import.meta.url))
  let pending: Pending | null = null
  let failure: Error | null = null

  function fail(error: Error): void {
    failure ??= error
    pending?.reject(failure)
    pending = null
  }
  function tell(message: ToReplayer): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
    worker.postMessage(message)
  }
  worker.on('message', (message: FromReplayer) => {
    if (message.kind === 'failed') fail(new Error(message.failure))
    else if (message.kind === 'progress') pending?.onProgress(message.share)
    else {
      pending?.resolve(message.replayed)
      pending = null
    }
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('Its thread ended.')))

  return {
    load: (json) => tell({ kind: 'load', json }),
    forget: () => tell({ kind: 'forget' }),
    replay(rule, onProgress) {
      if (failure !== null) return Promise.reject(failure)
      return new Promise((resolve, reject) => {
        pending = { resolve, reject, onProgress }
        tell({ kind: 'replay', rule })
      })
    },
    async close() {
      fail(new Error('It was stopped.'))
      await worker.terminate()
    },
  }
}
