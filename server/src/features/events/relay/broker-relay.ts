import { Worker } from 'node:worker_threads'
import type { Logger } from '../../../infra/telemetry/logger.ts'
import type { FromRelay, RelayWork, ToRelay } from './messages.ts'

export type BrokerRelay = {
  /** What this process has published, and up to which event. */
  figures: () => { published: number; sequence: number }
  stop: () => Promise<void>
}

const RESTART_PAUSE_MS = 1000
const STOP_TIMEOUT_MS = 2000

/** Publishes events to RabbitMQ in a thread of its own, beside the one that answers requests. */
export function startBrokerRelay(workerData: RelayWork, log: Logger): BrokerRelay {
  const figures = { published: 0, sequence: 0 }
  const stopped = Promise.withResolvers<void>()
  let isStopping = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let worker = start()

  function start(): Worker {
    const started = new Worker(new URL('./worker.ts', import.meta.url), { workerData })
    started.on('message', hear)
    started.on('error', (error) => log.error({ err: error }, 'the relay of events broke'))
    started.on('exit', () => {
      if (isStopping) stopped.resolve()
      else timer = setTimeout(() => (worker = start()), RESTART_PAUSE_MS)
    })
    return started
  }
  function hear(message: FromRelay): void {
    switch (message.kind) {
      case 'failed':
        log.warn({ failure: message.failure }, 'could not hand events on to RabbitMQ')
        break
      case 'published':
        figures.published += message.count
        figures.sequence = message.sequence
        break
      case 'stopped':
        stopped.resolve()
    }
  }
  return {
    figures: () => ({ ...figures }),
    async stop() {
      isStopping = true
      clearTimeout(timer)
      const stop: ToRelay = { kind: 'stop' }
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
      worker.postMessage(stop)
      await Promise.race([stopped.promise, Bun.sleep(STOP_TIMEOUT_MS)])
      await worker.terminate()
    },
  }
}
