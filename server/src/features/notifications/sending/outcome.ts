import { OutboundProblem } from '../../../infra/outbound/guarded-request.ts'
import type { PostAnswer } from '../../../infra/outbound/post.ts'

/** How it went: `refused` for good, `failed` for now, or to be sent again `later`. */
export type SendOutcome =
  | { kind: 'sent' }
  | { kind: 'refused' | 'failed'; problem: string }
  | { kind: 'later'; problem: string; afterMs: number }

const LONGEST_WAIT_MS = 6 * 3_600_000
const AGAIN = [408, 425, 429]

/** What an endpoint's answer means. Redirects are not followed, and a status such as 404 stays what it is. */
export function outcomeOfAnswer({ status, retryAfter }: PostAnswer, nowMs: number): SendOutcome {
  if (status >= 200 && status < 300) return { kind: 'sent' }
  const problem = `it answers with status ${status}`
  if (!AGAIN.includes(status) && status < 500) return { kind: 'refused', problem }
  const afterMs = waitOf(retryAfter, nowMs)
  return afterMs === null ? { kind: 'failed', problem } : { kind: 'later', problem, afterMs }
}

export function outcomeOfError(error: unknown): SendOutcome {
  if (!(error instanceof OutboundProblem)) return { kind: 'failed', problem: 'it cannot be told' }
  return { kind: error.isFinal ? 'refused' : 'failed', problem: error.message }
}

/** The wait a `Retry-After` asks for, in seconds or as a date; null where it asks for none that is understood. */
export function waitOf(retryAfter: string | null, nowMs: number): number | null {
  if (retryAfter === null) return null
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - nowMs
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_WAIT_MS) : null
}
