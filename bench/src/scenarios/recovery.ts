export type Moment = { perSecond: number; p99Ms: number }

const LEAST_THROUGHPUT = 0.95
const MOST_LATENCY = 2
/** What a timer or a scheduler may add to any latency. */
const LATENCY_SLACK_MS = 20

/**
 * How long after an overload the moments are again, and stay, as those before it: 95 % of the mean throughput, and a p99 of at
 * most twice the highest. Infinite when they never are.
 */
export function normalAgainAfterMs(before: readonly Moment[], after: readonly Moment[], momentMs: number): number {
  const throughput = before.reduce((sum, { perSecond }) => sum + perSecond, 0) / before.length
  const latencyMs = Math.max(...before.map(({ p99Ms }) => p99Ms)) * MOST_LATENCY + LATENCY_SLACK_MS
  const last = after.findLastIndex(
    ({ perSecond, p99Ms }) => perSecond < throughput * LEAST_THROUGHPUT || p99Ms > latencyMs,
  )
  return last === after.length - 1 ? Number.POSITIVE_INFINITY : (last + 1) * momentMs
}
