import type { Reply } from './connection.ts'
import { Histogram } from './histogram.ts'

/** What came back for reads or for writes. */
export type Tally = {
  /** Of what was answered; 409 is a right answer to a race between writers. */
  latencies: { counts: number[]; maxMs: number }
  bytes: number
  conflicts: number
  /** 503. */
  refused: number
  refusedWithoutRetryAfter: number
  /** Other errors, and requests that got no reply. */
  failed: number
  /** Of the failed, those that got no reply. */
  unanswered: number
  /** Was due, but no connection was free to send it. */
  unsent: number
}

export type Load = {
  requests: number
  perSecond: number
  p50Ms: number
  p95Ms: number
  p99Ms: number
  maxMs: number
  bytesPerAnswer: number
} & Pick<Tally, 'conflicts' | 'refused' | 'refusedWithoutRetryAfter' | 'failed' | 'unanswered' | 'unsent'>

export type Kind = 'reads' | 'writes'

/** A stretch of a measurement. */
export type Window = Record<Kind, Tally>

export function emptyTally(): Tally & { latencies: Histogram } {
  return {
    latencies: new Histogram(),
    bytes: 0,
    conflicts: 0,
    refused: 0,
    refusedWithoutRetryAfter: 0,
    failed: 0,
    unanswered: 0,
    unsent: 0,
  }
}

export function countReply(tally: ReturnType<typeof emptyTally>, reply: Reply, latencyMs: number): void {
  if (reply.status === 503) {
    tally.refused++
    if (!reply.hasRetryAfter) tally.refusedWithoutRetryAfter++
  } else if (reply.status >= 400 && reply.status !== 409) {
    tally.failed++
  } else {
    if (reply.status === 409) tally.conflicts++
    tally.latencies.record(latencyMs)
    tally.bytes += reply.bodyBytes
  }
}

export function sumOf(tallies: readonly Tally[]): Tally & { latencies: Histogram } {
  const sum = emptyTally()
  for (const tally of tallies) {
    sum.latencies.add(tally.latencies)
    sum.bytes += tally.bytes
    sum.conflicts += tally.conflicts
    sum.refused += tally.refused
    sum.refusedWithoutRetryAfter += tally.refusedWithoutRetryAfter
    sum.failed += tally.failed
    sum.unanswered += tally.unanswered
    sum.unsent += tally.unsent
  }
  return sum
}

export function loadOf(tallies: readonly Tally[], durationMs: number): Load {
  const { latencies, bytes, ...counts } = sumOf(tallies)
  const requests = latencies.total
  return {
    requests,
    perSecond: (requests * 1000) / durationMs,
    p50Ms: latencies.percentileMs(0.5),
    p95Ms: latencies.percentileMs(0.95),
    p99Ms: latencies.percentileMs(0.99),
    maxMs: latencies.maxMs,
    bytesPerAnswer: requests === 0 ? 0 : bytes / requests,
    ...counts,
  }
}
