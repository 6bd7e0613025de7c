import type { Logger } from '../../../infra/telemetry/logger.ts'
import { parseTraceparent, type Tracing } from '../../../infra/telemetry/tracing.ts'
import { startThread, type Thread } from '../../../infra/workers/thread.ts'
import type { Events } from '../events.ts'
import { countWebhooks } from '../queries/webhooks.ts'
import type { FromTeller, TellerWork, TracedTelling } from './messages.ts'

export type TellerThread = {
  /** Starts the thread once there is somebody to tell. */
  begin: () => Promise<void>
  stop: () => Promise<void>
}

/** Tells webhooks in a thread of its own: each event is a request to somebody, which costs as much as answering several. */
export function createTellerThread(
  { db, workspaceId }: Pick<Events, 'db' | 'workspaceId'>,
  work: Omit<TellerWork, 'workspaceId'>,
  { log, tracing }: { log: Logger; tracing: Tracing | undefined },
): TellerThread {
  let thread: Thread | null = null

  function start(): Thread {
    const workerData: TellerWork = { ...work, workspaceId }
    return startThread<FromTeller>({
      file: new URL('./worker.ts', import.meta.url),
      workerData,
      hear(message) {
        if (message.kind === 'failed') log.warn({ err: message.error }, 'could not tell webhooks of events')
        else if (tracing !== undefined) recordTelling(tracing, message)
      },
      onBroken: (error) => log.error({ err: error }, 'the thread that tells webhooks broke'),
    })
  }
  return {
    async begin() {
      if (thread === null && (await countWebhooks(db, workspaceId)) > 0) {
        thread = start()
      }
    },
    async stop() {
      await thread?.stop()
    },
  }
}

function recordTelling(tracing: Tracing, { traceparent, type, httpStatus, done }: TracedTelling): void {
  const attributes = {
    'http.request.method': 'POST',
    'tandem.event.type': type,
    ...(httpStatus === null ? {} : { 'http.response.status_code': httpStatus }),
  }
  tracing.record('tell a webhook', { kind: 'client', attributes, parent: parseTraceparent(traceparent) }, done)
}
