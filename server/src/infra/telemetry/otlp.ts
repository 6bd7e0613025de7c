import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type SpanExporter,
} from '@opentelemetry/sdk-trace'
import { AppError } from '../../shared/errors.ts'
import { activeContext, withActive, type SpanOptions, type Tracing } from './tracing.ts'

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
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: telling(exporter, onFailure) })],
  })
  const tracer = provider.getTracer('tandem')
  return {
    span: (name, spanOptions, work) => runSpan(tracer, name, spanOptions, work),
    // What could not be sent has been told of.
    close: () => provider.shutdown().catch(() => undefined),
  }
}

async function runSpan<T>(...[tracer, name, options, work]: [Tracer, ...Parameters<Tracing['span']>]): Promise<T> {
  const { kind = 'internal', attributes = {}, links = [] } = options
  const parent = contextOf(options)
  const span = tracer.startSpan(
    name,
    { kind: KINDS[kind], attributes, links: links.map((context) => ({ context })) },
    parent,
  )
  try {
    return (await withActive({ context: trace.setSpan(parent, span), span }, () => work(span))) as T
  } catch (error) {
    // A refusal is an answer, not a failure.
    if (!(error instanceof AppError) || error.kind === 'overloaded') span.setStatus({ code: SpanStatusCode.ERROR })
    span.setAttribute('error.type', error instanceof AppError ? error.code : nameOf(error))
    throw error
  } finally {
    span.end()
  }
}

function contextOf({ parent }: SpanOptions): Context {
  if (parent === undefined) return activeContext() ?? ROOT_CONTEXT
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
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
