import { rarely } from './asked-figures.ts'
import { figure, formatSum, type Figure, type FigureValue } from './figures.ts'
import { createHistogram, type Histogram } from './histogram.ts'

export type OperationMetrics = { observe: (status: number, durationMs: number) => void }

/** What this process counts. Hot paths only add to plain numbers; names and labels come in when somebody asks. */
export type Metrics = {
  /** The requests of one operation; asked again, the same ones. */
  operation: (name: string) => OperationMetrics
  /** A number that only grows, read when somebody asks. Over several workers, it adds up. */
  counter: (name: string, help: string, read: () => number) => void
  /** A number that goes up and down, read when somebody asks. Over several workers, it adds up. */
  gauge: (name: string, help: string, read: () => number) => void
  add: (read: () => Figure) => void
  /**
   * Figures that have to be asked for, as those in the database: at most every five seconds, however many scrapes there are. Where that
   * fails or takes over half a second, this answer goes without them. What every process sees the same is added up by `max`.
   */
  addFigures: (read: () => Promise<readonly Figure[]>) => void
  figures: () => Promise<Figure[]>
  /** The figures of all workers, added up, in the text format of Prometheus. */
  scrape: () => Promise<string>
}

type Requests = { operation: string; byStatus: Map<number, number>; durations: Histogram }

const DURATION_BOUNDS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** `scrape` is given where this process is one of several; alone, its own figures are all there are. */
export function createMetrics(scrape?: () => Promise<string>): Metrics {
  const operations = new Map<string, Requests & OperationMetrics>()
  const reads: (() => Figure)[] = [
    () => requestsTotal(operations.values()),
    () => requestDurations(operations.values()),
  ]
  const asked: (() => Promise<readonly Figure[]>)[] = []
  async function figures(): Promise<Figure[]> {
    const answers = await Promise.all(asked.map((ask) => ask()))
    return [...reads.map((read) => read()), ...answers.flat()]
  }
  return {
    operation(name) {
      const known = operations.get(name) ?? createOperation(name)
      operations.set(name, known)
      return known
    },
    counter: (name, help, read) => reads.push(() => figure('counter', name, help, [{ value: read(), labels: {} }])),
    gauge: (name, help, read) => reads.push(() => figure('gauge', name, help, [{ value: read(), labels: {} }])),
    add: (read) => reads.push(read),
    addFigures: (read) => asked.push(rarely(read)),
    figures,
    scrape: scrape ?? (async () => formatSum([await figures()])),
  }
}

function createOperation(operation: string): Requests & OperationMetrics {
  const byStatus = new Map<number, number>()
  const durations = createHistogram(DURATION_BOUNDS_S)
  return {
    operation,
    byStatus,
    durations,
    observe(status, durationMs) {
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
      durations.observe(durationMs / 1000)
    },
  }
}

function requestsTotal(all: Iterable<Requests>): Figure {
  const values = [...all].flatMap(({ operation, byStatus }) =>
    [...byStatus].map(([status, value]): FigureValue => ({ value, labels: { operation, status } })),
  )
  return figure(
    'counter',
    'tandem_http_requests_total',
    'Requests answered; without health checks and scrapes.',
    values,
  )
}

function requestDurations(all: Iterable<Requests>): Figure {
  const name = 'tandem_http_request_duration_seconds'
  const values = [...all]
    .filter(({ byStatus }) => byStatus.size > 0)
    .flatMap(({ operation, durations }) => durations.values(name, { operation }))
  return figure('histogram', name, 'Time from the first look at a request to its answer.', values)
}
