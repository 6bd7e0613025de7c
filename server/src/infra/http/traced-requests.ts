import { FAILED, parseTraceparent, type Tracing } from '../telemetry/tracing.ts'
import { targetOf } from './request-path.ts'
import { ALWAYS_ANSWERED } from './serve.ts'

type Serve = (request: Request) => Response | Promise<Response>

/**
 * Each request as a span, part of the trace that its `traceparent` names; attributes as in
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/. What is always answered is not
 * traced, and what is not kept is served as if there were no tracing.
 */
export function traceRequests(
  serve: Serve,
  tracing: Tracing,
  isOperation: (method: string, path: string) => boolean,
): Serve {
  return (request) => {
    const { method, headers } = request
    const { path } = targetOf(request.url)
    if (ALWAYS_ANSWERED.has(path)) return serve(request)
    const parent = parseTraceparent(headers.get('traceparent'))
    if (!tracing.keeps(parent)) return serve(request)
    const isKnown = isOperation(method, path)
    const attributes = { 'http.request.method': method, 'url.path': path, ...(isKnown ? { 'http.route': path } : {}) }
    return tracing.span(
      isKnown ? `${method} ${path}` : method,
      { kind: 'server', attributes, parent, isKept: true },
      async (span) => {
        const response = await serve(request)
        span.setAttributes({
          'http.response.status_code': response.status,
          'tandem.request_id': response.headers.get('X-Request-Id') ?? '',
        })
        if (response.status >= 500) span.setStatus(FAILED)
        return response
      },
    )
  }
}
