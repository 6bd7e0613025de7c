import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fieldReference } from '../load/reference.ts'
import { figure, type Figures } from '../scenario.ts'
import { barChart, lineChart } from './charts.ts'
import { replaceMarked } from './markers.ts'
import { newestResults, type Recorded } from './report.ts'
import { asMarkdown } from './table.ts'

const DOCS = join(import.meta.dir, '../../../docs')

/** Writes the tables and charts of docs/performance.md from the newest recorded result of each scenario, in this order. */
export async function writeDocs(scenarios: readonly string[]): Promise<void> {
  const newest = await newestResults()
  await mkdir(join(DOCS, 'performance'), { recursive: true })
  for (const [name, chart] of chartsOf(newest)) await Bun.write(join(DOCS, 'performance', `${name}.svg`), chart)
  const page = join(DOCS, 'performance.md')
  const before = await Bun.file(page).text()
  await Bun.write(
    page,
    replaceMarked(before, (name) =>
      name === 'promises' ? promisesOf(scenarios, newest) : sectionOf(newest.get(name)),
    ),
  )
}

function promisesOf(scenarios: readonly string[], newest: ReadonlyMap<string, Recorded>): string {
  const rows = scenarios.flatMap((name) =>
    (newest.get(name)?.result.judgements ?? []).map(
      ({ promise, measured, holds }) => `| ${promise} | ${measured} | ${holds ? '✓' : '✗'} | ${name} |`,
    ),
  )
  return ['| promise | measured | | scenario |', '|---|---|---|---|', ...rows].join('\n')
}

function sectionOf(recorded: Recorded | undefined): string | undefined {
  if (recorded === undefined) return undefined
  return [...(recorded.result.tables ?? []).map(asMarkdown), sourceOf(recorded)].join('\n\n')
}

function sourceOf({ report, file }: Recorded): string {
  const { cpu, cores, memory_gib, system, bun, postgres, commit } = report.machine
  const how = report.isQuick ? ', a quick run' : ''
  const options = `${report.options.generators} generator processes, server log level ${report.options.logLevel}`
  return (
    `<sub>[${report.at.slice(0, 16).replace('T', ' ')} UTC](../bench/results/${file})${how}, commit ${commit}: ${cpu}, ` +
    `${cores} cores, ${memory_gib} GiB, ${system}, Bun ${bun}, PostgreSQL ${postgres}; ${options}.</sub>`
  )
}

function chartsOf(newest: ReadonlyMap<string, Recorded>): [name: string, chart: string][] {
  const reference = newest.get('reference-load')?.result.figures
  const scale = newest.get('scale')?.result.series
  const soak = newest.get('soak')?.result.series
  return [
    ...(reference === undefined ? [] : referenceCharts(reference)),
    ...(scale === undefined ? [] : scaleCharts(scale)),
    ...(soak === undefined ? [] : soakCharts(soak)),
  ]
}

function referenceCharts(figures: Figures): [string, string][] {
  const of = (name: string) => figure(figures, name)
  const throughput = barChart('Requests a second under the reference load', 'requests a second', [
    [
      { label: "the field's reference, reads", value: fieldReference.readsPerSecond, colour: 'c' },
      { label: 'reads, with the writes', value: of('reads_per_s'), colour: 'a' },
      { label: 'reads alone, warm', value: of('reads_alone_per_s'), colour: 'a' },
      { label: 'limit: bare HTTP server, same bytes', value: of('bare_http_same_bytes_per_s'), colour: 'c' },
    ],
    [
      { label: "the field's reference, writes", value: fieldReference.writesPerSecond, colour: 'c' },
      { label: 'writes, with the reads', value: of('writes_per_s'), colour: 'b' },
      { label: 'creates alone', value: of('creates_alone_per_s'), colour: 'b' },
      { label: 'one create per transaction', value: of('one_create_per_transaction_per_s'), colour: 'c' },
    ],
  ])
  const latency = barChart('Latency with 60 readers and 60 writers at once', 'milliseconds', [
    percentiles(figures, 'reads', 'a'),
    percentiles(figures, 'writes', 'b'),
  ])
  return [
    ['throughput', throughput],
    ['latency', latency],
  ]
}

function percentiles(figures: Figures, kind: 'reads' | 'writes', colour: 'a' | 'b') {
  return ['p50', 'p95', 'p99', 'max'].map((name) => ({
    label: `${kind}, ${name}`,
    value: figure(figures, `${kind}_${name}_ms`),
    colour,
  }))
}

type AllSeries = Readonly<Record<string, readonly number[]>>

function scaleCharts(series: AllSeries): [string, string][] {
  const chart = (line: 'users' | 'stored', title: string, xLabel: string): [string, string] => [
    `scale-${line}`,
    lineChart({
      title,
      unit: 'throughput, % of the first point',
      x: series[`${line}_points`] ?? [],
      xLabel: `${xLabel}, logarithmic scale`,
      isLogX: true,
      series: [
        { label: 'reads', colour: 'a', values: inPercent(series[`${line}_reads_relative`]) },
        { label: 'writes', colour: 'b', values: inPercent(series[`${line}_writes_relative`]) },
      ],
    }),
  ]
  return [
    chart('users', 'Throughput as the organisation grows', 'users'),
    chart('stored', 'Throughput as the history grows', 'stored pull requests'),
  ]
}

function inPercent(shares: readonly number[] = []): number[] {
  return shares.map((share) => share * 100)
}

function soakCharts(series: AllSeries): [string, string][] {
  const resident = series['residentMib'] ?? []
  const heap = series['heapMib'] ?? []
  return [
    [
      'soak',
      lineChart({
        title: 'Memory of the server under the full load',
        unit: 'MiB',
        x: resident.map((_, index) => (index + 1) / 60),
        xLabel: 'minutes',
        series: [
          { label: 'resident', colour: 'a', values: resident },
          ...(heap.length === resident.length
            ? [{ label: 'JavaScript heap', colour: 'b' as const, values: heap }]
            : []),
        ],
      }),
    ],
  ]
}
