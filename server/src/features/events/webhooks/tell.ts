import { OutboundProblem } from '../../../infra/outbound/guarded-request.ts'
import { post } from '../../../infra/outbound/post.ts'
import { CLOUD_EVENT_TYPE, toCloudEvent } from '../cloud-event.ts'
import type { Event } from '../domain/event.ts'
import type { NewDelivery } from '../queries/deliveries.ts'
import type { Endpoint } from '../queries/webhooks.ts'
import { signedHeaders } from './signature.ts'

export type Outside = { allowPrivate: boolean; timeoutMs: number; signal: AbortSignal }

/** Tells an endpoint of one event. It has taken it where `problem` is null. */
export async function tell(
  endpoint: Pick<Endpoint, 'url' | 'secrets'>,
  event: Event,
  { allowPrivate, timeoutMs, signal }: Outside,
  as: Pick<NewDelivery, 'attempt' | 'isRedelivery'>,
): Promise<NewDelivery> {
  const body = JSON.stringify(toCloudEvent(event))
  const startedMs = performance.now()
  const outcome = await statusOf()
  const durationMs = Math.round(performance.now() - startedMs)
  return { eventId: event.id, type: event.type, ...as, ...outcome, durationMs }

  async function statusOf(): Promise<Pick<NewDelivery, 'httpStatus' | 'problem'>> {
    try {
      const signed = signedHeaders(endpoint.secrets, event.id, Math.floor(Date.now() / 1000), body)
      const traced = event.traceparent === null ? {} : { traceparent: event.traceparent }
      const headers = { 'Content-Type': CLOUD_EVENT_TYPE, ...signed, ...traced }
      const httpStatus = await post(endpoint.url, body, { headers, allowPrivate, timeoutMs, signal })
      const isTaken = httpStatus >= 200 && httpStatus < 300
      return { httpStatus, problem: isTaken ? null : `it answers with status ${httpStatus}` }
    } catch (error) {
      return { httpStatus: null, problem: error instanceof OutboundProblem ? error.message : 'it cannot be told' }
    }
  }
}
