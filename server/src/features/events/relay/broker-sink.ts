import { openBroker } from '../../../infra/events/broker.ts'
import { CLOUD_EVENT_TYPE, toCloudEvent } from '../cloud-event.ts'
import type { Sink } from './relay.ts'

export const EXCHANGE = 'tandem.events'

/** Publishes to RabbitMQ: see docs/events.md for what consumers may count on. */
export async function openBrokerSink(url: string): Promise<Sink> {
  const broker = await openBroker(url, EXCHANGE)
  return {
    publish: (events) =>
      broker.publish(
        events.map((event) => ({
          id: event.id,
          routingKey: event.type,
          contentType: CLOUD_EVENT_TYPE,
          body: JSON.stringify(toCloudEvent(event)),
          timestampMs: Date.parse(event.occurredAt),
          headers: event.traceparent === null ? {} : { traceparent: event.traceparent },
        })),
      ),
    close: broker.close,
  }
}
