import { StartupError } from '../../shared/errors.ts'
import { createGathering, type Gathering } from './gathering.ts'
import type { FromWorker } from './messages.ts'
import { fillSlot, type SlotOptions, type WorkerSlot } from './worker-slot.ts'

export type Workers = {
  /** Their URL, once all of them listen. */
  ready: Promise<string>
  /** Rejects when one of them cannot be started. */
  failed: Promise<never>
  /** Lets all of them finish their requests; those that have not ended after `timeoutMs` are killed. */
  stop: (timeoutMs: number) => Promise<void>
}

type WorkersOptions = { count: number } & Pick<SlotOptions, 'command' | 'environment' | 'log'>

/** Keeps `count` workers alive until they are stopped; none of them outlives this process. */
export function startWorkers({ count, ...shared }: WorkersOptions): Workers {
  const ready = Promise.withResolvers<string>()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  const everReady = new Set<number>()
  const slots: WorkerSlot[] = Array.from({ length: count }, (_, index) =>
    fillSlot({
      ...shared,
      number: index + 1,
      onMessage: (message) => hear(index, message),
      onDeath: () => gathering.bury(index + 1),
      onGivenUp: (failure) => failed.reject(new StartupError(failure)),
    }),
  )
  const gathering: Gathering = createGathering(
    slots.map(({ number, tell }) => ({ number, ask: () => tell({ kind: 'report' }) })),
  )

  function hear(index: number, message: FromWorker): void {
    const { number, tell } = slots[index]!
    if (message.kind === 'figures') gathering.receive(number, message.figures)
    else if (message.kind === 'scraped') void gathering.scrape().then((text) => tell({ kind: 'metrics', text }))
    else if (everReady.add(number).size === count) ready.resolve(message.url)
  }

  process.on('exit', () => {
    for (const slot of slots) slot.kill()
  })
  return {
    ready: ready.promise,
    failed: failed.promise,
    async stop(timeoutMs) {
      await Promise.all(slots.map((slot) => slot.stop(timeoutMs)))
    },
  }
}
