import type { Span } from '@opentelemetry/api'
import { chunksOf } from '../../shared/chunks.ts'
import { AppError } from '../../shared/errors.ts'
import { createHistogram, type Histogram } from '../telemetry/histogram.ts'
import { activeSpan, type Tracing } from '../telemetry/tracing.ts'
import { inBatchSpan } from './batch-span.ts'

export type Batcher<Item, Result> = {
  submit: (item: Item) => Promise<Result>
}

/** What is waiting for a batch, and what batches there were; several batchers may count together. */
export type BatchFigures = {
  waiting: number
  inFlight: number
  batches: number
  items: number
  refused: number
  sizes: Histogram
}

const SIZE_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]

export function noFigures(): BatchFigures {
  return { waiting: 0, inFlight: 0, batches: 0, items: 0, refused: 0, sizes: createHistogram(SIZE_BOUNDS) }
}

export type BatcherOptions<Item, Result> = {
  maxSize: number
  /** Batches under way at once. */
  maxInFlight: number
  /** Items that may wait; more are refused as overload. */
  maxWaiting: number
  figures?: BatchFigures
  /** Where there is one, batches are spans of that name. */
  tracing?: Tracing | undefined
  name?: string
  /** Does the work of all items at once; a thrown error is the answer to each of them. */
  run: (items: readonly Item[]) => Promise<readonly BatchOutcome<Result>[]>
  /** Items that share a key are never under way together: the later one sees what the earlier one did. */
  keysOf?: (item: Item) => readonly string[]
  /** How to try again without the item whose fault a failure may be; null where it is nobody's. */
  retry?: (error: unknown) => Retry | null
}

/** `halves` finds the one at fault in few tries; `singles` at once, where each try may take long. */
export type Retry = 'halves' | 'singles'

export type BatchOutcome<Result> = { ok: true; value: Result } | { ok: false; error: unknown }

type Waiting<Item, Result> = {
  item: Item
  keys: readonly string[]
  resolve: (result: Result) => void
  reject: (error: unknown) => void
  caller: Span | null
}

/** So many waiting items are worth a batch beside one that is in flight; fewer wait for its end, and for company. */
const WORTH_ANOTHER = 8

/** Items that arrive while batches are in flight form the next one; a lone item goes straight through. */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { maxSize, maxInFlight, maxWaiting, figures = noFigures() } = options
  const { keysOf = () => [], retry = () => null, tracing, name = 'read' } = options
  const busy = new Set<string>()
  let inFlight = 0
  let queue: Waiting<Item, Result>[] = []
  let isStarting = false

  function takeBatch(): Waiting<Item, Result>[] {
    const batch: Waiting<Item, Result>[] = []
    const left: Waiting<Item, Result>[] = []
    const taken = new Set<string>()
    for (const waiting of queue) {
      const { keys } = waiting
      const isFree = batch.length < maxSize && keys.every((key) => !taken.has(key) && !busy.has(key))
      // Also the keys of those left behind, so that calls about one thing keep their order.
      for (const key of keys) taken.add(key)
      ;(isFree ? batch : left).push(waiting)
    }
    queue = left
    figures.waiting -= batch.length
    return batch
  }

  function startBatches(): void {
    isStarting = false
    while (queue.length > 0 && (inFlight === 0 || (inFlight < maxInFlight && queue.length >= WORTH_ANOTHER))) {
      const batch = takeBatch()
      if (batch.length === 0) return
      for (const { keys } of batch) for (const key of keys) busy.add(key)
      inFlight++
      figures.inFlight++
      figures.batches++
      figures.items += batch.length
      figures.sizes.observe(batch.length)
      void settle(batch, endBatch)
    }
  }

  function endBatch(): void {
    inFlight--
    figures.inFlight--
    startSoon()
  }

  /** Once what has arrived by now has been read: it belongs to the same batch. */
  function startSoon(): void {
    if (isStarting) return
    isStarting = true
    setImmediate(startBatches)
  }

  function free(batch: readonly Waiting<Item, Result>[]): void {
    for (const { keys } of batch) for (const key of keys) busy.delete(key)
  }

  function runBatch(batch: readonly Waiting<Item, Result>[]): Promise<readonly BatchOutcome<Result>[]> {
    const work = () => options.run(batch.map(({ item }) => item))
    if (tracing === undefined) return work()
    return inBatchSpan(tracing, { name, size: batch.length, callers: batch.map(({ caller }) => caller) }, work)
  }

  async function settle(batch: readonly Waiting<Item, Result>[], onEnd: () => void): Promise<void> {
    try {
      const outcomes = await runBatch(batch)
      free(batch)
      batch.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index] ?? { ok: false, error: new Error('The batch gave no outcome for this call') }
        if (outcome.ok) resolve(outcome.value)
        else reject(outcome.error)
      })
    } catch (error) {
      const how = batch.length > 1 ? retry(error) : null
      if (how === null) {
        free(batch)
        for (const { reject } of batch) reject(error)
      } else {
        // Beside the next batch: neither neighbours nor those who come later wait for the one at fault.
        for (const part of partsOf(batch, how)) void settle(part, startBatches)
      }
    }
    onEnd()
  }

  return {
    submit(item) {
      if (queue.length >= maxWaiting) {
        figures.refused++
        const message = `${maxWaiting} requests of this kind are waiting already; try again.`
        return Promise.reject(new AppError('overloaded', 'OVERLOADED', message))
      }
      return new Promise((resolve, reject) => {
        queue.push({ item, keys: keysOf(item), resolve, reject, caller: tracing === undefined ? null : activeSpan() })
        figures.waiting++
        startSoon()
      })
    },
  }
}

function partsOf<Item>(batch: readonly Item[], how: Retry): Item[][] {
  const size = how === 'halves' ? Math.ceil(batch.length / 2) : 1
  return chunksOf(batch, size)
}
