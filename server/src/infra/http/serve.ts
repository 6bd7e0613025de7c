import type { Actor } from '../../shared/actor.ts'
import { AppError } from '../../shared/errors.ts'
import type { AnswerCache } from '../cache/answer-cache.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { logRequest } from '../telemetry/request-line.ts'
import { activeSpan, parseTraceparent, traceFields } from '../telemetry/tracing.ts'
import type { Api } from './api.ts'
import { respond } from './cached-answer.ts'
import { operationsOf } from './measure.ts'
import { refuse } from './refuse.ts'
import { requestIdOf } from './request-id.ts'
import { targetOf } from './request-path.ts'
import type { UploadLimits } from './uploads.ts'

export type ServeOptions = {
  api: Api
  answers: AnswerCache
  log: Logger
  metrics: Metrics
  maxInFlight: number
  maxBodyBytes: number
  uploads: UploadLimits
  timeoutMs: number
  isStopping: () => boolean
  /** Called before each request, for work that waits for something which no event tells of. */
  beforeEach: () => void
}

type Asked = { request: Request; requestId: string; startedMs: number; path: string; query: string }

const LOCAL: Actor = { kind: 'local' }
/** What tells how the process is doing answers whatever the process is doing, and is not counted. */
export const ALWAYS_ANSWERED = new Set(['/healthz', '/readyz', '/metrics'])

/**
 * Everything around the operations, in one step for the sake of speed: gives each request its id and its actor, answers
 * from memory what is there, refuses what is too much, too late or not text, counts and logs.
 */
export function createServe(options: ServeOptions): (request: Request) => Response | Promise<Response> {
  const { api, answers, log, metrics, maxInFlight, maxBodyBytes, uploads, timeoutMs, isStopping, beforeEach } = options
  const operations = operationsOf(api, metrics)
  const other = metrics.operation('other')
  // Made once: a stack trace for each would be a good part of what a refusal costs.
  const fullMessage = `${maxInFlight} requests are being served already; try again.`
  const tooMany = new AppError('overloaded', 'OVERLOADED', fullMessage)
  let inFlight = 0
  metrics.gauge('tandem_requests_in_flight', 'Requests being served, waiting ones included.', () => inFlight)

  function finish({ request, requestId, startedMs, path }: Asked, response: Response): Response {
    const { method } = request
    const { status } = response
    if (method !== 'GET' && leavesMuchUnread(request)) response.headers.set('Connection', 'close')
    const durationMs = performance.now() - startedMs
    if (!ALWAYS_ANSWERED.has(path)) (operations.get(method)?.get(path) ?? other).observe(status, durationMs)
    const trace = activeSpan() === null ? givenTrace(request) : traceFields()
    logRequest(log, { requestId, trace, actor: LOCAL, method, path, status, durationMs })
    return response
  }

  /** What is left of a body would be read and thrown away, for as long as it comes. */
  function leavesMuchUnread({ bodyUsed, headers }: Request): boolean {
    if (bodyUsed) return false
    return headers.has('Transfer-Encoding') || Number(headers.get('Content-Length')) > maxBodyBytes
  }

  function refusalOf({ path, query }: Asked): AppError | null {
    if (inFlight >= maxInFlight && !ALWAYS_ANSWERED.has(path)) {
      return tooMany
    }
    if (query.includes('%') && !isDecodable(query)) {
      return new AppError('invalid', 'INVALID_REQUEST', 'The query has a % that stands for no UTF-8 character.')
    }
    return null
  }

  async function answerInTime({ request, requestId, path }: Asked): Promise<Response> {
    const common = { requestId, actor: LOCAL, maxBodyBytes, uploads }
    if (ALWAYS_ANSWERED.has(path)) return api.fetch(request, { ...common, waiveTimeLimit: () => undefined })
    const { promise: expired, resolve } = Promise.withResolvers<Response>()
    const timer = setTimeout(() => {
      const message = `No answer within ${timeoutMs} ms; it may still be carried out.`
      resolve(refuse(new AppError('overloaded', 'TIMEOUT', message), requestId, log))
    }, timeoutMs)
    let isUpload = false
    function waiveTimeLimit(): void {
      isUpload = true
      clearTimeout(timer)
    }
    inFlight++
    try {
      const response = await Promise.race([api.fetch(request, { ...common, waiveTimeLimit }), expired])
      // What is left of a refused upload would be read and thrown away, for as long as it comes.
      if (isUpload && response.status >= 400) response.headers.set('Connection', 'close')
      return response
    } finally {
      inFlight--
      clearTimeout(timer)
    }
  }

  async function answerByRoute(asked: Asked): Promise<Response> {
    const response = await answerInTime(asked)
    response.headers.set('X-Request-Id', asked.requestId)
    if (isStopping()) response.headers.set('Connection', 'close')
    return finish(asked, response)
  }

  return (request) => {
    beforeEach()
    const startedMs = performance.now()
    const { headers } = request
    const { target, path, query } = targetOf(request.url)
    const asked = { request, requestId: requestIdOf(request), startedMs, path, query }
    // What is in memory under the very words of the question needs no other check: only right questions have answers.
    const answer = request.method === 'GET' && !isStopping() ? answers.get(target) : undefined
    if (answer !== undefined && headers.get('Cache-Control') === null) {
      return finish(asked, respond(answer, headers.get('If-None-Match'), asked.requestId))
    }
    const refusal = refusalOf(asked)
    return refusal === null ? answerByRoute(asked) : finish(asked, refuse(refusal, asked.requestId, log))
  }
}

/** The trace of whoever asked. */
function givenTrace({ headers }: Request): { trace_id?: string } {
  const given = parseTraceparent(headers.get('traceparent'))
  return given === null ? {} : { trace_id: given.traceId }
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
