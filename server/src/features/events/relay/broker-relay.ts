import type { Logger } from '../../../infra/telemetry/logger.ts'
import { parseTraceparent, type Tracing } from '../../../infra/telemetry/tracing.ts'
import { startInBackground, type WorkInBackground } from '../../../infra/workers/background.ts'
import { EXCHANGE } from './broker-sink.ts'
import type { FromRelay, Publishing, RelayWork } from './messages.ts'

/** The name of the relay to RabbitMQ. */
export const AMQP_RELAY = 'amqp'

/** Publishes events to RabbitMQ, in the background thread. */
export function startBrokerRelay(work: RelayWork, log: Logger, tracing?: Tracing): WorkInBackground {
  return startInBackground<FromRelay>({
    file: new URL('./worker.ts', import.meta.url),
    data: work,
    hear(message) {
      if (message.kind === 'failed') log.warn({ failure: message.failure }, 'could not hand events on to RabbitMQ')
      else if (tracing !== undefined) recordPublishing(tracing, message)
    },
    onBroken: (error) =>
      log.error({ err: error }, 'the background thread broke; events are handed on again in a moment'),
  })
}

/**
 * A span in the trace of the first of its events that is of one, and linked with all of those; see
 * https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/.
 */
function recordPublishing(tracing: Tracing, { traceparents, count, done }: Publishing): void {
  const links = traceparents.flatMap((traceparent) => parseTraceparent(traceparent) ?? [])
  const attributes = {
    'messaging.system': 'rabbitmq',
    'messaging.operation.type': 'send',
    'messaging.destination.name': EXCHANGE,
    'messaging.batch.message_count': count,
  }
  tracing.record(`publish ${EXCHANGE}`, { kind: 'producer', attributes, parent: links[0] ?? null, links }, done)
}
