import { closed, type Bench, type Measured } from '../bench.ts'
import { percentile, rounded } from '../figures.ts'
import { reference } from '../load/reference.ts'
import { percent, shown, type Table } from '../report/table.ts'
import { figure, type Figures } from '../scenario.ts'
import type { BenchServer } from '../server.ts'
import { troubleOf } from './load-rows.ts'

/** The reference load as it is by default, beside the same in another way, each with a server and a database of its own. */
export type Sides = Readonly<Record<Side, BenchServer>>
export type Side = 'plain' | 'other'
export type Round = { side: Side; measured: Measured }

type LoadOf = (side: Side) => Partial<Parameters<Bench['load']>[1]>

const WARM_UP_S = 1

/**
 * One server is idle while the other is measured. Many short rounds in turn: what else the machine does changes within seconds, and is much
 * the same for two rounds in a row. The first round of each is a warm-up, and does not count.
 */
export async function measureRounds(bench: Bench, sides: Sides, loadOf: LoadOf = () => ({})): Promise<Round[]> {
  const [count, seconds] = bench.options.isQuick ? [16, 3] : [48, 3]
  const rounds: Round[] = []
  for (const [index, side] of (['plain', 'other', ...turns(count)] as const).entries()) {
    const loop = closed({ readers: reference.readers, writers: reference.writers }, seconds, WARM_UP_S)
    const measured = await bench.step(`${side}, round ${index + 1} of ${count + 2}`, seconds + WARM_UP_S, () =>
      bench.load(sides[side], { name: `round-${index}`, loop, ...loadOf(side) }),
    )
    rounds.push({ side, measured })
  }
  return rounds.slice(2)
}

/** Which side comes when: ABBA and again, so that a machine that grows slower or faster is fair to both. */
export function turns(count: number): Side[] {
  return Array.from({ length: count }, (_, index) => (index % 4 === 0 || index % 4 === 3 ? 'plain' : 'other'))
}

/** What one round says, by name; of all rounds the medians count. */
function figuresOfRound({ reads, writes, usage, durationMs }: Measured): Figures {
  const perSecond = reads.perSecond + writes.perSecond
  const cpuUs = (share: number) => (share * 10_000) / perSecond
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

/** The other side over the plain one: the median of all pairs of rounds in a row. */
export function ratioOf(rounds: readonly Round[], name: string): number {
  const ratios: number[] = []
  for (let index = 0; index + 1 < rounds.length; index += 2) {
    const pair = rounds.slice(index, index + 2)
    const of = (side: Side) => figure(mediansOf(pair, side), name)
    ratios.push(of('other') / of('plain'))
  }
  return percentile(ratios, 0.5)
}

/** The medians of both sides, the other's under a name of its own, with their ratios. */
export function comparedFigures(rounds: readonly Round[], otherName: string): Figures {
  const [plain, other] = [mediansOf(rounds, 'plain'), mediansOf(rounds, 'other')]
  const ratio = (name: string) => rounded(ratioOf(rounds, name))
  return {
    ...prefixed('plain', plain),
    ...prefixed(otherName, other),
    reads_ratio: ratio('reads_per_s'),
    writes_ratio: ratio('writes_per_s'),
    together_ratio: ratio('together_per_s'),
    server_cpu_ratio: ratio('server_cpu_us_per_request'),
    plain_errors: errorsOf(rounds, 'plain'),
    [`${otherName}_errors`]: errorsOf(rounds, 'other'),
    errors: errorsOf(rounds, 'plain') + errorsOf(rounds, 'other'),
  }
}

function errorsOf(rounds: readonly Round[], side: Side): number {
  return troubleOf(...rounds.filter((round) => round.side === side).map(({ measured }) => measured))
}

function prefixed(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix}_${name}`, value]))
}

/** What is left of all requests, which is what is judged, and the same in words, of reads and of writes as well. */
export function ratiosOf(figures: Figures): { together: number; text: string } {
  const together = figure(figures, 'together_ratio')
  const [reads, writes] = [figure(figures, 'reads_ratio'), figure(figures, 'writes_ratio')].map(percent)
  return { together, text: `${percent(together)} (reads ${reads}, writes ${writes})` }
}

const SHOWN = {
  reads_per_s: 'reads/s',
  writes_per_s: 'writes/s',
  reads_p50_ms: 'read p50 ms',
  reads_p99_ms: 'read p99 ms',
  writes_p50_ms: 'write p50 ms',
  writes_p99_ms: 'write p99 ms',
  server_cpu_us_per_request: 'server CPU µs each',
  postgres_cpu_us_per_request: 'PostgreSQL CPU µs each',
  server_peak_mib: 'server MiB',
}

export function sidesTable(
  rounds: readonly Round[],
  text: { title: string; plain: string; other: string; note: string },
): Table {
  const [plain, other] = [mediansOf(rounds, 'plain'), mediansOf(rounds, 'other')]
  const names = Object.keys(SHOWN)
  const row = (title: string, figures: Figures) => [title, ...names.map((name) => shown(figure(figures, name)))]
  return {
    title: text.title,
    columns: ['', ...Object.values(SHOWN)],
    rows: [
      row(text.plain, plain),
      row(text.other, other),
      ['ratio', ...names.map((name) => percent(ratioOf(rounds, name)))],
    ],
    note:
      `Medians of ${rounds.length / 2} rounds each of ${figure(plain, 'seconds')} s, in the order ABBA, after one that does not count; ` +
      'the ratios are medians of those of each two rounds in a row. ' +
      `Each side has a server and a database of its own, one idle while the other is measured${text.note}`,
  }
}
