import { keptTraceparent, parseTraceparent, type SpanContext } from '../telemetry/tracing.ts'

/** Where a stored payload says of which trace the job is a part. */
export const TRACE_FIELD = 'traceparent'

type Fields = Readonly<Record<string, unknown>>

/** The payload as it is stored: with the trace of the work under way, where that is kept and the payload is an object. */
export function withTrace(payload: unknown): unknown {
  if (!isObject(payload)) return payload
  if (Object.hasOwn(payload, TRACE_FIELD)) throw new Error(`A payload may have no field ${TRACE_FIELD} of its own`)
  const traceparent = keptTraceparent()
  return traceparent === null ? payload : { ...payload, [TRACE_FIELD]: traceparent }
}

/** A stored payload as it was enqueued, and what the job is a part of. */
export function splitTrace(data: unknown): { payload: unknown; parent: SpanContext | null } {
  if (!isObject(data) || !Object.hasOwn(data, TRACE_FIELD)) return { payload: data, parent: null }
  const { [TRACE_FIELD]: traceparent, ...payload } = data
  return { payload, parent: parseTraceparent(String(traceparent)) }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
