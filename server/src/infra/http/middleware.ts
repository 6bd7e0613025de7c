import type { MiddlewareHandler } from 'hono'
import { actorLabel } from '../../shared/actor.ts'
import { AppError } from '../../shared/errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { ApiEnv } from './api.ts'

type Middleware = MiddlewareHandler<ApiEnv>

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/

/** Gives each request its actor and its id, from X-Request-Id where a good one came; writes one log line for it. */
export function identify(log: Logger, maxBodyBytes: number): Middleware {
  return async (c, next) => {
    const startedMs = performance.now()
    const given = c.req.header('X-Request-Id')
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : crypto.randomUUID()
    c.set('requestId', requestId)
    c.set('actor', { kind: 'local' })
    c.set('maxBodyBytes', maxBodyBytes)
    await next()
    c.header('X-Request-Id', requestId)
    log.info(
      {
        request_id: requestId,
        actor: actorLabel(c.var.actor),
        method: c.req.method,
        path: c.req.path,
        status: c.res.status,
        duration_ms: Math.round((performance.now() - startedMs) * 1000) / 1000,
      },
      'request',
    )
  }
}

/** Refuses what comes while `maxInFlight` requests are being served; a stopping process asks clients to go elsewhere. */
export function limitInFlight(maxInFlight: number, isStopping: () => boolean): Middleware {
  let inFlight = 0
  return async (c, next) => {
    if (isStopping()) c.header('Connection', 'close')
    if (inFlight >= maxInFlight) {
      throw new AppError('overloaded', 'OVERLOADED', `${maxInFlight} requests are being served already; try again.`)
    }
    inFlight++
    try {
      await next()
    } finally {
      inFlight--
    }
  }
}

/** Answers 503 for a request that takes longer than `timeoutMs`. */
export function limitTime(timeoutMs: number): Middleware {
  return async (_, next) => {
    const { promise: expired, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      reject(new AppError('overloaded', 'TIMEOUT', `No answer within ${timeoutMs} ms; it may still be carried out.`))
    }, timeoutMs)
    try {
      await Promise.race([next(), expired])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Refuses percent signs in the query that stand for no character, rather than guess what was meant. */
export const checkQuery: Middleware = async (c, next) => {
  const query = c.req.url.split('?', 2)[1] ?? ''
  if (query.includes('%') && !isDecodable(query)) {
    throw new AppError('invalid', 'INVALID_REQUEST', 'The query has a % that stands for no UTF-8 character.')
  }
  await next()
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
