import type { Executor } from '../../infra/db/database.ts'
import { readStoredEvents, rowNumberOf } from '../../infra/events/event-log.ts'
import { eventsOf, type Event } from './domain/event.ts'

export type EventPage = {
  events: readonly Event[]
  /** Whether there may be more up to the same number. */
  isFull: boolean
}

/** The events after a number, up to one that is settled, in their order; `limit` bounds the changes that tell them. */
export async function readEvents(
  executor: Executor,
  { after, upTo, limit }: { after: number; upTo: number; limit: number },
): Promise<EventPage> {
  if (upTo < rowNumberOf(after + 1)) return { events: [], isFull: false }
  const rows = await readStoredEvents(executor, { from: after + 1, upTo, limit })
  const events = rows.flatMap(eventsOf).filter(({ sequence }) => sequence > after)
  return { events, isFull: rows.length === limit }
}
