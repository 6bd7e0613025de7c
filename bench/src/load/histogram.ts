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
    while (this.counts.length <= bucket) this.counts.push(0)
    this.counts[bucket]!++
    if (ms > this.maxMs) this.maxMs = ms
  }

  add(other: { counts: readonly number[]; maxMs: number }): void {
    while (this.counts.length < other.counts.length) this.counts.push(0)
    for (const [bucket, count] of other.counts.entries()) this.counts[bucket]! += count
    this.maxMs = Math.max(this.maxMs, other.maxMs)
  }

  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0)
  }

  /** The latency in milliseconds below which the share `p` (0 to 1) lies, within the width of a bucket; 0 without any. */
  percentileMs(p: number): number {
    let left = p * this.total
    for (const [bucket, count] of this.counts.entries()) {
      left -= count
      if (left <= 0 && count > 0) return Math.min(this.maxMs, SMALLEST_MS * 2 ** (bucket / BUCKETS_PER_DOUBLING))
    }
    return this.maxMs
  }
}
