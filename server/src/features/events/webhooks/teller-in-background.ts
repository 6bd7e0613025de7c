import type { Logger } from '../../../infra/telemetry/logger.ts'
import { parseTraceparent, type Tracing } from '../../../infra/telemetry/tracing.ts'
import { startInBackground, type WorkInBackground } from '../../../infra/workers/background.ts'
import type { Events } from '../events.ts'
import { countWebhooks } from '../queries/webhooks.ts'
import type { FromTeller, TellerWork, TracedTelling } from './messages.ts'

export type TellerInBackground = {
  /** Starts telling once there is somebody to tell. */
  begin: () => Promise<void>
  stop: () => Promise<void>
}

/** Tells webhooks in the background thread: each event is a request to somebody, which costs as much as answering several. */
export function createTellerInBackground(
  { db, workspaceId }: Pick<Events, 'db' | 'workspaceId'>,
  work: Omit<TellerWork, 'workspaceId'>,
  { log, tracing }: { log: Logger; tracing: Tracing | undefined },
): TellerInBackground {
  let telling: WorkInBackground | null = null

  function start(): WorkInBackground {
    const data: TellerWork = { ...work, workspaceId }
    return startInBackground<FromTeller>({
      file: new URL('./worker.ts', import.meta.url),
      data,
      hear(message) {
        if (message.kind === 'failed') log.warn({ err: message.error }, 'could not tell webhooks of events')
        else if (tracing !== undefined) recordTelling(tracing, message)
      },
      onBroken: (error) =>
        log.error({ err: error }, 'the background thread broke; webhooks are told again in a moment'),
    })
  }
  return {
    async begin() {
      if (telling === null && (await countWebhooks(db, workspaceId)) > 0) {
        telling = start()
      }
    },
    async stop() {
      await telling?.stop()
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
