import type { Measured } from '../../bench.ts'
import { percentile, rounded } from '../../figures.ts'
import type { Figures } from '../../scenario.ts'
import { troubleOf } from '../load-rows.ts'

export type Side = 'plain' | 'expertise'
export type Round = { side: Side; measured: Measured }

/** Which side comes when: ABBA and again, so that a machine that grows slower or faster is fair to both. */
export function turns(count: number): Side[] {
  return Array.from({ length: count }, (_, index) => (index % 4 === 0 || index % 4 === 3 ? 'plain' : 'expertise'))
}

/** What one round says, by name; of all rounds the medians count. */
function figuresOfRound({ reads, writes, usage, durationMs }: Measured): Figures {
  const perSecond = reads.perSecond + writes.perSecond
  const cpuUs = (percent: number) => (percent * 10_000) / perSecond
  return {
    reads_per_s: reads.perSecond,
    writes_per_s: writes.perSecond,
    together_per_s: perSecond,
    reads_p50_ms: reads.p50Ms,
    reads_p99_ms: reads.p99Ms,
    writes_p50_ms: writes.p50Ms,
    writes_p99_ms: writes.p99Ms,
    server_cpu_us_per_request: cpuUs(usage.serverCpuPercent),
    postgres_cpu_us_per_request: cpuUs(usage.postgresCpuPercent),
    server_peak_mib: usage.serverPeakMib,
    seconds: durationMs / 1000,
  }
}

export function mediansOf(rounds: readonly Round[], side: Side): Figures {
  const all = rounds.filter((round) => round.side === side).map(({ measured }) => figuresOfRound(measured))
  const names = Object.keys(all[0] ?? {})
  return Object.fromEntries(
    names.map((name) => [
      name,
      rounded(
        percentile(
          all.map((figures) => figures[name]!),
          0.5,
        ),
      ),
    ]),
  )
}

export function errorsOf(rounds: readonly Round[]): number {
  return troubleOf(...rounds.map(({ measured }) => measured))
}
