const BUCKETS_PER_DOUBLING = 32
const SMALLEST_MS = 0.01

/** Latencies in buckets 2.2 % apart, so that millions of them take a few kilobytes and add up across processes. */
export class Histogram {
  readonly counts: number[]
  maxMs: number

  constructor(counts: readonly number[] = [], maxMs = 0) {
    this.counts = [...counts]
    this.maxMs = maxMs
  }

  record(ms: number): void {
    const bucket = Math.max(0, Math.round(Math.log2(ms / SMALLEST_MS) * BUCKETS_PER_DOUBLING))
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
    if (ms > this.maxMs) this.maxMs = ms
  }

  get total(): number {
    return this.counts.reduce((sum, count) => sum + (count ?? 0), 0)
  }

  /** The latency in milliseconds below which the share `p` (0 to 1) lies, within the width of a bucket. */
  percentileMs(p: number): number {
    let left = p * this.total
    for (const [bucket, count] of this.counts.entries()) {
      left -= count ?? 0
      if (left <= 0) return SMALLEST_MS * 2 ** (bucket / BUCKETS_PER_DOUBLING)
    }
    return this.maxMs
  }
}
