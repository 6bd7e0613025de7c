import { createBatcher, type Batcher, type BatcherOptions } from './batcher.ts'

/** Finds one thing by its id; those asked for at the same moment are read together. */
export type Reader<Value> = Batcher<string, Value | undefined>

export function createReader<Value>(
  read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  limits: Pick<BatcherOptions<never, never>, 'maxSize' | 'maxInFlight' | 'maxWaiting' | 'figures'>,
): Reader<Value> {
  return createBatcher({
    ...limits,
    async run(ids) {
      const found = await read([...new Set(ids)])
      return ids.map((id) => ({ ok: true, value: found.get(id) }))
    },
  })
}
