import { addUp, figure, formatSum, type Figure } from '../telemetry/figures.ts'

const ANSWER_WITHIN_MS = 1000

/** `ask` is false where there is nobody to answer at the moment. */
export type Reporter = { number: number; ask: () => boolean }

export type Gathering = {
  /** A worker's answer to `ask`, however late. */
  receive: (worker: number, figures: Figure[]) => void
  /** A worker died: what it counted stays, as far as it was reported. */
  bury: (worker: number) => void
  scrape: () => Promise<string>
}

/**
 * Adds up the figures of all workers. What was counted once stays in the sum, also when its worker is silent or dead: Prometheus would
 * take a sum that falls for a restart, and count everything again. Gauges are those of the workers that answered.
 */
export function createGathering(reporters: readonly Reporter[], answerWithinMs = ANSWER_WITHIN_MS): Gathering {
  const latest = new Map<number, Figure[]>()
  const waitingFor = new Set<number>()
  const answered = new Set<number>()
  let buried: Promise<Figure[]> = Promise.resolve([])
  let deaths = 0
  let allAnswered = Promise.withResolvers<void>()
  let current: Promise<string> | null = null

  function waitNoLongerFor(worker: number): void {
    waitingFor.delete(worker)
    if (waitingFor.size === 0) allAnswered.resolve()
  }

  async function gather(): Promise<string> {
    allAnswered = Promise.withResolvers()
    answered.clear()
    waitingFor.clear()
    for (const { number, ask } of reporters) if (ask()) waitingFor.add(number)
    if (waitingFor.size > 0) await Promise.race([allAnswered.promise, Bun.sleep(answerWithinMs)])
    const reports = [...latest].map(([worker, figures]) => (answered.has(worker) ? figures : countersOf(figures)))
    const ours = workerFigures(reporters.length, reporters.length - answered.size, deaths)
    return formatSum([ours, await buried, ...reports])
  }

  return {
    receive(worker, figures) {
      latest.set(worker, figures)
      answered.add(worker)
      waitNoLongerFor(worker)
    },
    bury(worker) {
      const counters = countersOf(latest.get(worker) ?? [])
      buried = buried.then((before) => addUp([before, counters]))
      deaths++
      latest.delete(worker)
      answered.delete(worker)
      waitNoLongerFor(worker)
    },
    scrape: () =>
      (current ??= gather().finally(() => {
        current = null
      })),
  }
}

function countersOf(figures: readonly Figure[]): Figure[] {
  return figures.filter(({ type }) => type !== 'gauge')
}

function workerFigures(workers: number, unreachable: number, deaths: number): Figure[] {
  const values = (value: number) => [{ value, labels: {} }]
  const about = 'Workers that did not report in time, or are being started again.'
  return [
    figure('gauge', 'tandem_workers', 'Processes that share the port.', values(workers)),
    figure('gauge', 'tandem_workers_unreachable', about, values(unreachable)),
    figure('counter', 'tandem_worker_deaths_total', 'Workers that ended without being asked to.', values(deaths)),
  ]
}
