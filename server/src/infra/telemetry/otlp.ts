import {
  createContextKey,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace'
import { AppError } from '../../shared/errors.ts'
import { activeSpan, withActive, type SpanOptions, type Tracing } from './tracing.ts'

export type OtlpOptions = {
  /** Of a collector; traces go to `/v1/traces` below it. */
  endpoint: string
  headers: Readonly<Record<string, string>>
  serviceName: string
  serviceVersion: string
  /** Of traces that begin here, 0 to 1; others are kept when whoever began them keeps them. */
  ratio: number
  /** Traces could not be sent; called again only after some could. */
  onFailure: (error: Error) => void
}

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const
const SEND_TIMEOUT_MS = 5000

/** Sends spans by OTLP over HTTP, a batch every five seconds or 512 spans; spans are lost rather than kept for long. */
export function openTracing(options: OtlpOptions): Tracing {
  const { endpoint, headers, serviceName, serviceVersion, ratio, onFailure } = options
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: SEND_TIMEOUT_MS,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': serviceVersion }),
    sampler: new ParentBasedSampler({ root: rootSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: telling(exporter, onFailure) })],
  })
  const tracer = provider.getTracer('tandem')
  return {
    span: (name, spanOptions, work) => runSpan(tracer, name, spanOptions, work),
    keeps: (parent) => (parent === null ? Math.random() < ratio : (parent.traceFlags & 1) === 1),
    record(name, spanOptions, { startedMs, endedMs, hasFailed }) {
      const span = startSpan(tracer, name, spanOptions, startedMs)
      if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(endedMs)
    },
    // What could not be sent has been told of.
    close: () => provider.shutdown().catch(() => undefined),
  }
}

async function runSpan<T>(...[tracer, name, options, work]: [Tracer, ...Parameters<Tracing['span']>]): Promise<T> {
  const span = startSpan(tracer, name, options)
  try {
    return (await withActive(span, () => work(span))) as T
  } catch (error) {
    // A refusal is an answer, not a failure.
    if (!(error instanceof AppError) || error.kind === 'overloaded') span.setStatus({ code: SpanStatusCode.ERROR })
    span.setAttribute('error.type', error instanceof AppError ? error.code : nameOf(error))
    throw error
  } finally {
    span.end()
  }
}

function startSpan(tracer: Tracer, name: string, options: SpanOptions, startTime?: number): Span {
  const { kind = 'internal', attributes = {}, links = [] } = options
  return tracer.startSpan(
    name,
    {
      kind: KINDS[kind],
      attributes,
      links: links.map((context) => ({ context })),
      ...(startTime === undefined ? {} : { startTime }),
    },
    contextOf(options),
  )
}

function contextOf({ parent, isKept: isDecided = false }: SpanOptions): Context {
  if (parent !== undefined && parent !== null) return trace.setSpanContext(ROOT_CONTEXT, parent)
  const active = parent === undefined ? activeSpan() : null
  if (active !== null) return trace.setSpan(ROOT_CONTEXT, active)
  return isDecided ? ROOT_CONTEXT.setValue(IS_KEPT, true) : ROOT_CONTEXT
}

const IS_KEPT = createContextKey('tandem: the trace is kept')

function rootSampler(ratio: number): Sampler {
  const byRatio = new TraceIdRatioBasedSampler(ratio)
  return {
    shouldSample: (context, traceId) =>
      context.getValue(IS_KEPT) === true
        ? { decision: SamplingDecision.RECORD_AND_SAMPLED }
        : byRatio.shouldSample(context, traceId),
    toString: () => String(byRatio),
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error'
}

/** The exporter, which says when it begins to fail. */
function telling(exporter: SpanExporter, onFailure: (error: Error) => void): SpanExporter {
  let isFailing = false
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const hasFailed = result.code !== 0
        if (hasFailed && !isFailing) onFailure(result.error ?? new Error('The collector refused the traces'))
        isFailing = hasFailed
        done(result)
      })
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  }
}
