export type Batcher<Item, Result> = {
  submit: (item: Item) => Promise<Result>
  /** Resolves when nothing is queued or in flight. */
  idle: () => Promise<void>
}

export type BatcherOptions<Item, Result> = {
  maxSize: number
  /** Does the work of all items at once; a thrown error is the answer to each of them. */
  run: (items: readonly Item[]) => Promise<readonly BatchOutcome<Result>[]>
  /** Items that share a key never share a batch: the later one sees what the earlier one did. */
  keysOf: (item: Item) => readonly string[]
  /** Whether a failure may be the fault of one item, so that each is tried once more alone. */
  isWorthRetryingAlone: (error: unknown) => boolean
}

export type BatchOutcome<Result> = { ok: true; value: Result } | { ok: false; error: unknown }

type Waiting<Item, Result> = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }

/** Items that arrive while a batch is in flight form the next one; a lone item goes straight through. */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  let queue: Waiting<Item, Result>[] = []
  let working: Promise<void> | null = null

  function takeBatch(): Waiting<Item, Result>[] {
    const batch: Waiting<Item, Result>[] = []
    const left: Waiting<Item, Result>[] = []
    const taken = new Set<string>()
    for (const waiting of queue) {
      const keys = options.keysOf(waiting.item)
      const isFree = batch.length < options.maxSize && keys.every((key) => !taken.has(key))
      // Also the keys of those left behind, so that calls about one thing keep their order.
      for (const key of keys) taken.add(key)
      ;(isFree ? batch : left).push(waiting)
    }
    queue = left
    return batch
  }

  async function work(): Promise<void> {
    while (queue.length > 0) await settle(takeBatch())
    working = null
  }

  async function settle(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const outcomes = await options.run(batch.map(({ item }) => item))
      batch.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index] ?? { ok: false, error: new Error('The batch gave no outcome for this call') }
        if (outcome.ok) resolve(outcome.value)
        else reject(outcome.error)
      })
    } catch (error) {
      if (batch.length > 1 && options.isWorthRetryingAlone(error)) {
        for (const waiting of batch) await settle([waiting])
        return
      }
      for (const { reject } of batch) reject(error)
    }
  }

  return {
    submit(item) {
      return new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject })
        working ??= Promise.resolve().then(work)
      })
    },
    async idle() {
      while (working !== null) await working
    },
  }
}
