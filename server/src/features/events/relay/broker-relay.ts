import type { Logger } from '../../../infra/telemetry/logger.ts'
import { parseTraceparent, type Tracing } from '../../../infra/telemetry/tracing.ts'
import { startThread, type Thread } from '../../../infra/workers/thread.ts'
import { EXCHANGE } from './broker-sink.ts'
import type { FromRelay, Publishing, RelayWork } from './messages.ts'

/** The name of the relay to RabbitMQ. */
export const AMQP_RELAY = 'amqp'

/** Publishes events to RabbitMQ in a thread of its own. */
export function startBrokerRelay(workerData: RelayWork, log: Logger, tracing?: Tracing): Thread {
  return startThread<FromRelay>({
    file: new URL('./worker.ts', import.meta.url),
    workerData,
    hear(message) {
      if (message.kind === 'failed') log.warn({ failure: message.failure }, 'could not hand events on to RabbitMQ')
      else if (tracing !== undefined) recordPublishing(tracing, message)
    },
    onBroken: (error) => log.error({ err: error }, 'the relay of events broke'),
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
