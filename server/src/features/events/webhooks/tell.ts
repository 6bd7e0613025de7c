import { OutboundProblem } from '../../../infra/outbound/guarded-request.ts'
import { post } from '../../../infra/outbound/post.ts'
import { CLOUD_EVENT_BATCH_TYPE, CLOUD_EVENT_TYPE, toCloudEvent } from '../cloud-event.ts'
import type { Event } from '../domain/event.ts'
import type { NewDelivery } from '../queries/deliveries.ts'
import type { Endpoint } from '../queries/webhooks.ts'
import { signedHeaders } from './signature.ts'

export type Outside = { allowPrivate: boolean; timeoutMs: number; signal: AbortSignal }

/** Tells an endpoint of events, of more than one only where it takes them so. It has taken them where `problem` is null. */
export async function tell(
  endpoint: Pick<Endpoint, 'url' | 'secrets' | 'batchSize'>,
  events: readonly Event[],
  { allowPrivate, timeoutMs, signal }: Outside,
  as: Pick<NewDelivery, 'attempt' | 'isRedelivery'>,
): Promise<NewDelivery> {
  const [first, last] = [events[0]!, events.at(-1)!]
  const isBatch = endpoint.batchSize !== null
  const body = JSON.stringify(isBatch ? events.map(toCloudEvent) : toCloudEvent(first))
  const startedMs = performance.now()
  const outcome = await statusOf()
  const durationMs = Math.round(performance.now() - startedMs)
  return { eventId: first.id, type: first.type, eventCount: events.length, ...as, ...outcome, durationMs }

  async function statusOf(): Promise<Pick<NewDelivery, 'httpStatus' | 'problem'>> {
    try {
      const id = first === last ? first.id : `${first.id}-${last.id}`
      const signed = signedHeaders(endpoint.secrets, id, Math.floor(Date.now() / 1000), body)
      // Events that come together name their traces themselves.
      const traced = isBatch || first.traceparent === null ? {} : { traceparent: first.traceparent }
      const headers = { 'Content-Type': isBatch ? CLOUD_EVENT_BATCH_TYPE : CLOUD_EVENT_TYPE, ...signed, ...traced }
      const httpStatus = await post(endpoint.url, body, { headers, allowPrivate, timeoutMs, signal })
      const isTaken = httpStatus >= 200 && httpStatus < 300
      return { httpStatus, problem: isTaken ? null : `it answers with status ${httpStatus}` }
    } catch (error) {
      return { httpStatus: null, problem: error instanceof OutboundProblem ? error.message : 'it cannot be told' }
    }
  }
}
