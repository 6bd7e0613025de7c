import type { Measured } from '../bench.ts'
import { rounded } from '../figures.ts'
import type { Load } from '../load/tally.ts'
import type { Usage } from '../machine/usage.ts'
import { percent, shown } from '../report/table.ts'
import type { Figures } from '../scenario.ts'

export const LOAD_COLUMNS = [
  '',
  'requests',
  'a second',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'max ms',
  'errors',
  'refused',
  'bytes each',
] as const

export const USAGE_COLUMNS = ['server CPU', 'server memory', 'PostgreSQL CPU', 'generator CPU'] as const

export function loadRow(name: string, load: Load): string[] {
  const { requests, perSecond, p50Ms, p95Ms, p99Ms, maxMs, failed, refused, bytesPerAnswer } = load
  return [name, ...[requests, perSecond, p50Ms, p95Ms, p99Ms, maxMs, failed, refused, bytesPerAnswer].map(shown)]
}

export function usageCells({
  serverCpuPercent,
  serverPeakMib,
  postgresCpuPercent,
  generatorCpuPercent,
}: Usage): string[] {
  return [
    percent(serverCpuPercent / 100),
    `${shown(serverPeakMib)} MiB`,
    percent(postgresCpuPercent / 100),
    percent(generatorCpuPercent / 100),
  ]
}

/** `prefix_per_s`, `prefix_p99_ms` and so on. */
export function loadFigures(prefix: string, load: Load): Figures {
  return {
    [`${prefix}_requests`]: load.requests,
    [`${prefix}_per_s`]: rounded(load.perSecond),
    [`${prefix}_p50_ms`]: rounded(load.p50Ms),
    [`${prefix}_p95_ms`]: rounded(load.p95Ms),
    [`${prefix}_p99_ms`]: rounded(load.p99Ms),
    [`${prefix}_max_ms`]: rounded(load.maxMs),
    [`${prefix}_errors`]: load.failed,
    [`${prefix}_unanswered`]: load.unanswered,
    [`${prefix}_refused`]: load.refused,
    [`${prefix}_conflicts`]: load.conflicts,
    [`${prefix}_bytes_per_answer`]: Math.round(load.bytesPerAnswer),
  }
}

export function usageFigures(prefix: string, usage: Usage): Figures {
  return {
    [`${prefix}_server_cpu_percent`]: rounded(usage.serverCpuPercent),
    [`${prefix}_server_peak_mib`]: rounded(usage.serverPeakMib),
    [`${prefix}_postgres_cpu_percent`]: rounded(usage.postgresCpuPercent),
    [`${prefix}_generator_cpu_percent`]: rounded(usage.generatorCpuPercent),
  }
}

/** Errors and refusals of reads and writes. */
export function troubleOf(...measured: readonly Measured[]): number {
  return measured.reduce(
    (sum, { reads, writes }) => sum + reads.failed + reads.refused + writes.failed + writes.refused,
    0,
  )
}
