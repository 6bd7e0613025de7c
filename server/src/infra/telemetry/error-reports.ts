import { Scope, createStackParser, createTransport, type BaseTransportOptions, type ErrorEvent } from '@sentry/core'
import { ServerRuntimeClient, nodeStackLineParser } from '@sentry/core/server'
import type { LoggedFailure } from './logger.ts'
import { createReportLimit } from './report-limit.ts'
import { activeSpan } from './tracing.ts'

export type ErrorReports = {
  report: (failure: LoggedFailure) => void
  /** Sends what is on its way, for at most `timeoutMs`. */
  close: (timeoutMs: number) => Promise<void>
}

export type ErrorReportOptions = { dsn: string; environment: string; release: string }

const SEND_TIMEOUT_MS = 5000
/** Names, texts and addresses of people stand in quotation marks, if anywhere, in what errors say. */
const QUOTED = /"[^"]*"|'[^']*'|“[^”]*”/g
const MAIL = /[^\s@<>"']+@[^\s@<>"']+/g

/**
 * Tells a Sentry of failures: what failed and where in the code, with the ids of the request and the trace, and nothing about people.
 * One kind of failure is told once a minute.
 */
export function openErrorReports({ dsn, environment, release }: ErrorReportOptions): ErrorReports {
  const limit = createReportLimit()
  const client = new ServerRuntimeClient({
    dsn,
    environment,
    release,
    platform: 'node',
    runtime: { name: 'bun', version: Bun.version },
    integrations: [],
    stackParser: createStackParser(nodeStackLineParser()),
    transport: send,
    sendClientReports: false,
    beforeSend: withoutPeople,
  })
  client.init()
  return {
    report({ error, level, message, requestId }) {
      const times = limit.take(`${message} ${error.name}`, performance.now())
      if (times === null) return
      const scope = new Scope()
      scope.setLevel(level === 'warn' ? 'warning' : 'error')
      const { code } = error as { code?: unknown }
      scope.setTags({
        what: withoutQuoted(message),
        ...(requestId === null ? {} : { request_id: requestId }),
        ...(typeof code === 'string' ? { code } : {}),
      })
      scope.setExtra('times', times)
      const trace = activeSpan()?.spanContext()
      if (trace !== undefined) {
        scope.setTag('trace_id', trace.traceId)
        scope.setContext('trace', { trace_id: trace.traceId, span_id: trace.spanId })
      }
      client.captureException(error, undefined, scope)
    },
    async close(timeoutMs) {
      await client.close(timeoutMs)
    },
  }
}

function send(options: BaseTransportOptions) {
  return createTransport(options, async ({ body }) => {
    const response = await fetch(options.url, {
      method: 'POST',
      body,
      headers: options.headers ?? {},
      signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
    })
    await response.arrayBuffer()
    return {
      statusCode: response.status,
      headers: {
        'x-sentry-rate-limits': response.headers.get('X-Sentry-Rate-Limits'),
        'retry-after': response.headers.get('Retry-After'),
      },
    }
  })
}

function withoutPeople(event: ErrorEvent): ErrorEvent {
  delete event.server_name
  delete event.user
  delete event.request
  delete event.breadcrumbs
  for (const exception of event.exception?.values ?? []) {
    exception.value = withoutQuoted(exception.value ?? '')
    for (const frame of exception.stacktrace?.frames ?? []) {
      frame.filename = fromRoot(frame.filename ?? '')
      delete frame.vars
    }
  }
  return event
}

/** The text of an error without what it quotes. */
export function withoutQuoted(text: string): string {
  return text.replace(QUOTED, '"…"').replace(MAIL, '…@…')
}

/** Where the code lies on this machine is nobody's business, and differs from node to node. */
function fromRoot(path: string): string {
  return path.replace(/^.*\/(server\/src\/|node_modules\/)/, '$1')
}
