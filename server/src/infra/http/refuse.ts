import type { ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Actor } from '../../shared/actor.ts'
import { AppError, type ErrorKind } from '../../shared/errors.ts'
import { actorFields, type Logger } from '../telemetry/logger.ts'
import type { ApiEnv } from './api.ts'

const statusOf: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  overloaded: 503,
}
const RETRY_AFTER_S = '1'

/** Answers every refusal and failure in the error envelope; what was not expected is logged and told to nobody. */
export function errorHandler(log: Logger): ErrorHandler<ApiEnv> {
  return (error, c) => refuse(error, c.env.requestId, log, c.env.actor)
}

export function refuse(error: Error, requestId: string, log: Logger, actor?: Actor): Response {
  const refusal = asRefusal(error)
  const who = { request_id: requestId, ...(actor === undefined ? {} : actorFields(actor)) }
  if (refusal === null) log.error({ err: error, ...who }, 'request failed')
  else if (refusal.cause !== undefined) log.warn({ err: refusal.cause, ...who }, refusal.message)
  const { code, message } = refusal ?? { code: 'INTERNAL', message: `Something went wrong here; quote ${requestId}.` }
  return Response.json(
    { error: { code, message } },
    {
      status: refusal === null ? 500 : statusOf[refusal.kind],
      headers: {
        'X-Request-Id': requestId,
        ...(refusal?.kind === 'overloaded' ? { 'Retry-After': RETRY_AFTER_S } : {}),
        // Else whatever else the body has would be read and thrown away, for as long as it comes.
        ...(refusal?.kind === 'too_large' ? { Connection: 'close' } : {}),
      },
    },
  )
}

function asRefusal(error: Error): AppError | null {
  if (error instanceof AppError) return error
  if (error instanceof HTTPException && error.status === 400) {
    return new AppError('invalid', 'INVALID_REQUEST', 'The body is not JSON.')
  }
  return null
}
