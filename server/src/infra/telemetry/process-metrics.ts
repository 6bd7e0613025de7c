import { figure, type Figure, type FigureType } from './figures.ts'
import { createHistogram } from './histogram.ts'
import type { Metrics } from './metrics.ts'

const LAG_SAMPLE_INTERVAL_MS = 100
const LAG_BOUNDS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** Adds what this process uses: CPU and memory under the number of its worker, and how late its event loop is. */
export function addProcessMetrics(metrics: Metrics, worker: number): void {
  const ofThis = (type: FigureType, name: string, help: string, read: () => number) =>
    metrics.add(() => figure(type, name, help, [{ value: read(), labels: { worker } }]))

  ofThis('counter', 'process_cpu_seconds_total', 'CPU time used, by worker.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000_000
  })
  ofThis('gauge', 'process_resident_memory_bytes', 'Memory held, by worker.', () => process.memoryUsage().rss)
  ofThis('gauge', 'process_heap_used_bytes', 'Memory of live JavaScript objects, by worker.', () => {
    return process.memoryUsage().heapUsed
  })
  metrics.add(measureLag())
}

function measureLag(): () => Figure {
  const name = 'tandem_event_loop_lag_seconds'
  const lags = createHistogram(LAG_BOUNDS_S)
  let dueMs = performance.now() + LAG_SAMPLE_INTERVAL_MS
  const timer = setInterval(() => {
    const nowMs = performance.now()
    lags.observe(Math.max(0, nowMs - dueMs) / 1000)
    dueMs = nowMs + LAG_SAMPLE_INTERVAL_MS
  }, LAG_SAMPLE_INTERVAL_MS)
  timer.unref()
  return () => figure('histogram', name, 'How late a timer is that is due ten times a second.', lags.values(name, {}))
}
