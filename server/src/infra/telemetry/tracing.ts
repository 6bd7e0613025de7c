import { AsyncLocalStorage } from 'node:async_hooks'
import type { Attributes, Span, SpanContext } from '@opentelemetry/api'

export type { SpanContext }
export type SpanOptions = {
  kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  attributes?: Attributes
  /** What this is a part of, unless it is the work under way; null where it is part of nothing. */
  parent?: SpanContext | null
  /** For work that is part of nothing: that its trace is kept is decided. */
  isKept?: boolean
  /** What else it belongs to. */
  links?: readonly SpanContext[]
}

/** By the time of day, in milliseconds. */
export type DoneWork = { startedMs: number; endedMs: number; hasFailed: boolean }

/** Times pieces of work and says what they were part of. There is none unless traces are switched on: nothing is then wrapped. */
export type Tracing = {
  /** Does the work as a span of its own; one that throws is marked as failed. */
  span: <T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>) => Promise<T>
  /**
   * Whether work that is part of this, or of nothing, is to be a span: of what nobody keeps it need not be one, which costs nothing then. If
   * it is part of nothing, it is to be one that `isKept`.
   */
  keeps: (parent: SpanContext | null) => boolean
  /** A span of work that was done elsewhere. */
  record: (name: string, options: SpanOptions, done: DoneWork) => void
  /** Sends what has not been sent. */
  close: () => Promise<void>
}

/** `SpanStatusCode.ERROR`: the package is loaded only where traces are switched on. */
export const FAILED = { code: 2 } as const

// One for all: whoever writes a log line knows of no tracing.
const current = new AsyncLocalStorage<Span | null>()

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-|$)/

/** The span whose work is under way here. */
export function activeSpan(): Span | null {
  return current.getStore() ?? null
}

/** `span` is null where work is part of nothing that is traced, whoever set it off. */
export function withActive<T>(span: Span | null, work: () => T): T {
  return current.run(span, work)
}

/** Whether the work under way is part of a trace that is kept. */
export function isSampled(): boolean {
  return activeSpan()?.isRecording() ?? false
}

/** Work in the background as a span that is part of nothing, where there is tracing. It never fails: `onError` hears of it, within the span. */
export function inSpan(
  tracing: Tracing | undefined,
  name: string,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  if (tracing === undefined) return () => work().catch(onError)
  return () =>
    tracing.span(name, { parent: null }, (span) =>
      work().catch((error: unknown) => {
        span.setStatus(FAILED)
        span.setAttribute('error.type', error instanceof Error ? error.name : 'Error')
        onError(error)
      }),
    )
}

/** What belongs on each log line of work that is traced. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const context = activeSpan()?.spanContext()
  return context === undefined ? {} : { trace_id: context.traceId, span_id: context.spanId }
}

/** The header that makes others' work part of this trace: https://www.w3.org/TR/trace-context/#traceparent-header */
export function traceparent(): string | null {
  const context = activeSpan()?.spanContext()
  if (context === undefined) return null
  const flags = context.traceFlags.toString(16).padStart(2, '0')
  return `00-${context.traceId}-${context.spanId}-${flags}`
}

/** `traceparent` of the work under way where its trace is kept, else null: what others are to go on with. */
export function keptTraceparent(): string | null {
  return isSampled() ? traceparent() : null
}

/** What a `traceparent` says; null for one that says nothing, which is then to be ignored. */
export function parseTraceparent(text: string | null): SpanContext | null {
  if (text === null) return null
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text) ?? []
  if (traceId === undefined || spanId === undefined) return null
  // Version 00 has nothing behind its flags.
  if (text.startsWith('00') && text.length !== 55) return null
  return { traceId, spanId, traceFlags: Number.parseInt(flags!, 16) & 1, isRemote: true }
}
