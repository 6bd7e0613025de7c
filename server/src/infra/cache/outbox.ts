import { allChanged, keysChanged, type Message } from './feed-message.ts'

export type Outbox = {
  /** Keys to tell of, each once however often it is added; null stands for all. */
  add: (keys: readonly string[] | null) => void
  isEmpty: () => boolean
  /** Everything added since the last time. */
  take: () => Message[]
}

/** What waits to be told; beyond `maxKeys` it becomes `all`. */
export function createOutbox(sender: string, maxKeys: number): Outbox {
  const keys = new Set<string>()
  let isAll = false
  return {
    add(added) {
      if (added !== null && !isAll) for (const key of added) keys.add(key)
      if (added !== null && keys.size <= maxKeys) return
      isAll = true
      keys.clear()
    },
    isEmpty: () => !isAll && keys.size === 0,
    take() {
      const messages = isAll ? [allChanged(sender)] : keysChanged(sender, keys)
      isAll = false
      keys.clear()
      return messages
    },
  }
}
