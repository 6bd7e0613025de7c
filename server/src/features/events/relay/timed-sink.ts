import type { Publishing } from './messages.ts'
import type { Sink } from './relay.ts'

/** As many as a span is linked with. */
const MOST_TRACES = 100

/** The sink, which says how long it took to publish what belongs to traces that are kept. */
export function timed(sink: Sink, onTried: (publishing: Publishing) => void): Sink {
  return {
    ...sink,
    async publish(events) {
      const traceparents = new Set(events.flatMap(({ traceparent }) => traceparent ?? []))
      if (traceparents.size === 0) return sink.publish(events)
      const startedMs = Date.now()
      const publishing = { traceparents: [...traceparents].slice(0, MOST_TRACES), count: events.length }
      const done = (hasFailed: boolean) =>
        onTried({ ...publishing, done: { startedMs, endedMs: Date.now(), hasFailed } })
      try {
        await sink.publish(events)
      } catch (error) {
        done(true)
        throw error
      }
      done(false)
    },
  }
}
