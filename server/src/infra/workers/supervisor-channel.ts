import { AppError } from '../../shared/errors.ts'
import type { Figure } from '../telemetry/figures.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** A worker's side of what it and its supervisor tell each other. */
export type SupervisorChannel = {
  /** Resolves with the reason when this worker is signalled, by the supervisor or another, or when the supervisor is gone. */
  stopped: Promise<string>
  announce: (url: string) => void
  reportWith: (figures: () => Promise<Figure[]>) => void
  /** The metrics of all workers, in the text format of Prometheus. */
  scrape: () => Promise<string>
}

/** Undefined unless a supervisor started this process. */
export function openSupervisorChannel(): SupervisorChannel | undefined {
  if (process.send === undefined) return undefined
  const stopped = Promise.withResolvers<string>()
  let figures: () => Promise<Figure[]> = () => Promise.resolve([])
  let scrape: PromiseWithResolvers<string> | null = null

  function leave(): void {
    scrape?.reject(supervisorIsGone())
    stopped.resolve('the supervisor is gone')
  }
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'report') {
      void figures().then((report) => tell({ kind: 'figures', figures: report }))
    } else {
      scrape?.resolve(message.text)
      scrape = null
    }
  })
  process.on('disconnect', leave)
  if (!process.connected) leave()
  // A terminal and some service runners signal the workers besides the supervisor; however often, it means one stop.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopped.resolve(signal))

  return {
    stopped: stopped.promise,
    announce: (url) => tell({ kind: 'ready', url }),
    reportWith(read) {
      figures = read
    },
    async scrape() {
      if (!process.connected) throw supervisorIsGone()
      if (scrape === null) tell({ kind: 'scraped' })
      scrape ??= Promise.withResolvers()
      return scrape.promise
    },
  }
}

function tell(message: FromWorker): void {
  if (process.connected) process.send!(message)
}

function supervisorIsGone(): AppError {
  return new AppError('overloaded', 'STOPPING', 'This process is stopping.')
}
