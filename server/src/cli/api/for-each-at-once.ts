/** Starts the work for each item in their order, at most `concurrency` at once; after a failure no more is started. */
export async function forEachAtOnce<Item>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  let isBroken = false
  async function takeTurns(): Promise<void> {
    for (const item of queue) {
      if (isBroken) return
      try {
        await work(item)
      } catch (error) {
        isBroken = true
        throw error
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(concurrency, items.length) }, takeTurns))
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}
