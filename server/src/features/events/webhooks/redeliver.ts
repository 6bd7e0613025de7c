import { runOutside, type Call } from '../../../infra/db/commands.ts'
import { readStoredEvents, rowNumberOf } from '../../../infra/events/event-log.ts'
import { eventsOf, sequenceOf, type Event } from '../domain/event.ts'
import type { Delivery } from '../domain/webhook.ts'
import type { Events } from '../events.ts'
import { insertDelivery } from '../queries/deliveries.ts'
import { findEndpoint } from '../queries/webhooks.ts'
import { unknownEvent, unknownWebhook } from './refusals.ts'
import { tell } from './tell.ts'

/** Tells an endpoint of one event once more, whatever it has taken and whether or not it is disabled; nothing else follows from it. */
export function redeliver(
  deps: Pick<Events, 'db' | 'workspaceId' | 'answers' | 'outside'>,
  call: Call<{ webhookId: string; eventId: string }>,
): Promise<Delivery> {
  const { db, workspaceId, outside } = deps
  const { webhookId, eventId } = call.input
  return runOutside(deps, call, async () => {
    const [endpoint, event] = await Promise.all([findEndpoint(db, workspaceId, webhookId), findEvent()])
    if (endpoint === undefined) throw unknownWebhook(webhookId)
    if (event === undefined) throw unknownEvent(eventId)
    const made = await tell(endpoint, [event], outside, { attempt: 1, isRedelivery: true })
    return async (tx) => {
      const [delivery] = await tx.run(insertDelivery(workspaceId, webhookId, made))
      if (delivery === undefined) throw unknownWebhook(webhookId)
      return delivery
    }
  })

  async function findEvent(): Promise<Event | undefined> {
    const sequence = sequenceOf(eventId)
    if (sequence === null) return undefined
    const row = rowNumberOf(sequence)
    const rows = await readStoredEvents(db, { from: row, upTo: row, limit: 1 })
    return rows.flatMap(eventsOf).find((each) => each.id === eventId && each.workspaceId === workspaceId)
  }
}
