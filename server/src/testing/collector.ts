type Value = { stringValue?: string; intValue?: number; boolValue?: boolean; doubleValue?: number }
type Attribute = { key: string; value: Value }
type OtlpSpan = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  attributes: Attribute[]
  links?: { spanId: string }[]
  status: { code?: number }
}
type OtlpTraces = {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[]
}

export type CollectedSpan = {
  traceId: string
  spanId: string
  /** Empty where it is part of nothing. */
  parentSpanId: string
  name: string
  kind: number
  service: unknown
  attributes: Readonly<Record<string, unknown>>
  /** The spans it is linked with. */
  links: string[]
  hasFailed: boolean
}

export type Collector = {
  url: string
  /** What came since it was last asked. */
  take: () => CollectedSpan[]
  authorization: () => string | null
  stop: () => Promise<void>
}

const FAILED = 2

/** Takes traces by OTLP over HTTP, as JSON: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export function startCollector(): Collector {
  let spans: CollectedSpan[] = []
  let authorization: string | null = null
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      if (new URL(request.url).pathname !== '/v1/traces') return new Response(null, { status: 404 })
      authorization = request.headers.get('Authorization')
      spans.push(...spansOf((await request.json()) as OtlpTraces))
      return Response.json({})
    },
  })
  return {
    url: server.url.href,
    take() {
      const taken = spans
      spans = []
      return taken
    },
    authorization: () => authorization,
    stop: () => server.stop(true),
  }
}

function spansOf({ resourceSpans }: OtlpTraces): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = asRecord(resource.attributes)['service.name']
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => collected(span, service)))
  })
}

function collected(span: OtlpSpan, service: unknown): CollectedSpan {
  const { traceId, spanId, parentSpanId = '', name, kind, attributes, links = [], status } = span
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind,
    service,
    attributes: asRecord(attributes),
    links: links.map((link) => link.spanId),
    hasFailed: status.code === FAILED,
  }
}

function asRecord(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
