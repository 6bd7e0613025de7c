import type { EventSender } from '../../../infra/http/server-sent-events.ts'
import type { EventFilter } from '../domain/event.ts'
import type { LiveEvents } from './live-events.ts'

/** Sends one reader the events after that number; gives what ends it. */
export function sendEvents(live: LiveEvents, sender: EventSender, filter: EventFilter, after: number): () => void {
  const { cancel } = live.listen(
    {
      filter,
      isFree: sender.isFree,
      onEvents: (events) => sender.send(events.map(({ sequence, json }) => ({ id: String(sequence), data: json }))),
    },
    after,
  )
  return cancel
}
