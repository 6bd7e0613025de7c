import pg from 'pg'
import { AppError } from '../../shared/errors.ts'
import type { Retry } from '../batch/batcher.ts'

/** SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const RETRYABLE = new Set(['40001', '40P01'])
const LOCK_NOT_AVAILABLE = '55P03'
const UNAVAILABLE = new Set(['53300', LOCK_NOT_AVAILABLE, '57014', '57P01', '57P02', '57P03'])
const SOCKET_FAILURE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'ENOENT', 'EAI_AGAIN'])

/** A deadlock or serialisation failure: the same transaction may succeed when run again. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(codeOf(error))
}

/** A statement refused only because an earlier one of its transaction had failed. */
export function isAftermath(error: unknown): boolean {
  return codeOf(error) === '25P02'
}

/** The database is away, starting, full or too slow; the request itself is not at fault. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error)
  if (UNAVAILABLE.has(code) || SOCKET_FAILURE.has(code) || code.startsWith('08')) return true
  const message = error instanceof Error ? error.message : ''
  return /connection terminated|timeout exceeded when trying to connect|not queryable|client was closed|connection timeout/i.test(
    message,
  )
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

/** A lock was not had in time; nothing was done. */
export function isLockTimeout(error: unknown): boolean {
  return causeOf(error) === LOCK_NOT_AVAILABLE
}

function causeOf(error: unknown): string {
  return codeOf(error instanceof AppError ? error.cause : error)
}

/**
 * After a refusal by the data itself (a value, a constraint), or a lock not had in time, one call of a batch is at fault and its
 * neighbours are not.
 */
export function retryWithout(error: unknown): Retry | null {
  if (isLockTimeout(error)) return 'singles'
  const code = causeOf(error)
  return code.startsWith('22') || code.startsWith('23') || code.startsWith('54') ? 'halves' : null
}

/** The connection ended before the answer came, so that a commit may or may not have happened. */
export function isOutcomeUnknown(error: unknown): boolean {
  const reason = error instanceof AppError ? error.cause : error
  if (error instanceof AppError && reason === undefined) return false
  // What the database itself answers, it has not done; unless it was about to end the connection.
  return !(reason instanceof pg.DatabaseError) || codeOf(reason).startsWith('57P')
}
