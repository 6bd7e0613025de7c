import type { Span } from '@opentelemetry/api'
import { activeSpan, withActive, type Tracing } from '../telemetry/tracing.ts'

/**
 * Does the work of a batch as a span. It is part of the trace of the first of its calls that is kept, and linked with all of those, each
 * of which is linked with it. Where none is kept, the work is part of nothing, whoever happened to set it off.
 */
export function inBatchSpan<T>(
  tracing: Tracing,
  { name, size, callers }: { name: string; size: number; callers: readonly (Span | null)[] },
  work: () => Promise<T>,
): Promise<T> {
  const kept = callers.filter((caller) => caller?.isRecording() === true)
  const contexts = kept.map((caller) => caller!.spanContext())
  const parent = contexts[0]
  if (parent === undefined) return activeSpan() === null ? work() : withActive(null, work)
  const attributes = { 'tandem.batch.size': size }
  return tracing.span(`batch ${name}`, { attributes, parent, links: contexts }, (span) => {
    for (const caller of kept) caller!.addLink({ context: span.spanContext() })
    return work()
  })
}
