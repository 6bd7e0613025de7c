import type { Executor } from '../db/database.ts'
import { figure, type Figure, type FigureValue } from '../telemetry/figures.ts'
import { createHistogram, type Histogram } from '../telemetry/histogram.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { listQueueDepths, type QueueDepth } from './queries.ts'

/** How an attempt ended: `lost` is one that came too late or was cut off, and which another worker makes again. */
export type Outcome = 'done' | 'retry' | 'dead' | 'lost'

type KindFigures = { running: number; outcomes: Map<Outcome, number>; waits: Histogram; durations: Histogram }

/** What this process counts of its jobs, by kind. */
export type JobFigures = {
  started: (kind: string, waitedMs: number) => void
  ended: (kind: string, outcome: Outcome, durationMs: number) => void
  byKind: ReadonlyMap<string, KindFigures>
}

const WAIT_BOUNDS_S = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800]
const DURATION_BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

export function createJobFigures(kinds: readonly string[]): JobFigures {
  const byKind = new Map(kinds.map((kind) => [kind, noFigures()]))
  return {
    byKind,
    started(kind, waitedMs) {
      const figures = byKind.get(kind)!
      figures.running++
      figures.waits.observe(Math.max(0, waitedMs) / 1000)
    },
    ended(kind, outcome, durationMs) {
      const { outcomes, durations } = byKind.get(kind)!
      byKind.get(kind)!.running--
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      durations.observe(durationMs / 1000)
    },
  }
}

function noFigures(): KindFigures {
  return {
    running: 0,
    outcomes: new Map(),
    waits: createHistogram(WAIT_BOUNDS_S),
    durations: createHistogram(DURATION_BOUNDS_S),
  }
}

export function addJobMetrics(metrics: Metrics, { byKind }: JobFigures, executor: Executor): void {
  metrics.addFigures(async () => depthsOf(await executor.run(listQueueDepths([...byKind.keys()]))))
  metrics.add(() =>
    figure('gauge', 'tandem_jobs_running', 'Jobs being run.', [
      ...valuesOf(byKind, (kind, { running }) => [{ labels: { kind }, value: running }]),
    ]),
  )
  metrics.add(() =>
    figure('counter', 'tandem_jobs_total', 'Attempts at jobs, by how they ended.', [
      ...valuesOf(byKind, (kind, { outcomes }) =>
        [...outcomes].map(([outcome, value]) => ({ labels: { kind, outcome }, value })),
      ),
    ]),
  )
  metrics.add(() => histogram('tandem_job_wait_seconds', 'From when a job was due to its start.', byKind, 'waits'))
  metrics.add(() => histogram('tandem_job_duration_seconds', 'Time an attempt took.', byKind, 'durations'))
}

/** All processes see the same queue. */
function depthsOf(depths: readonly QueueDepth[]): Figure[] {
  const values = (part: 'waiting' | 'dead') =>
    depths.map(({ kind, ...queue }) => ({ labels: { kind }, value: queue[part] }))
  return [
    figure('gauge', 'tandem_jobs_waiting', 'Jobs that wait, counted once a minute.', values('waiting'), 'max'),
    figure('gauge', 'tandem_jobs_dead', 'Dead jobs that are kept, counted once a minute.', values('dead'), 'max'),
  ]
}

function histogram(name: string, help: string, byKind: JobFigures['byKind'], part: 'waits' | 'durations'): Figure {
  return figure(
    'histogram',
    name,
    help,
    valuesOf(byKind, (kind, figures) => figures[part].values(name, { kind })),
  )
}

function valuesOf(
  byKind: JobFigures['byKind'],
  values: (kind: string, figures: KindFigures) => FigureValue[],
): FigureValue[] {
  return [...byKind].flatMap(([kind, figures]) => values(kind, figures))
}
