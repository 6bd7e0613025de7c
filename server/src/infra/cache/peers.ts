export type Peers = {
  heard: (id: string, at: number) => void
  /** Whether it was known. */
  forget: (id: string) => boolean
  /** Nobody could be heard before this moment. */
  startAgain: (at: number) => void
  /** Those who published nothing for `silentMs` before this moment; they are forgotten. */
  takeSilent: (at: number) => string[]
}

/** The other processes, as heard on the channel. */
export function createPeers(silentMs: number): Peers {
  const heardAt = new Map<string, number>()
  return {
    heard: (id, at) => void heardAt.set(id, at),
    forget: (id) => heardAt.delete(id),
    startAgain(at) {
      for (const id of heardAt.keys()) heardAt.set(id, at)
    },
    takeSilent(at) {
      const silent = [...heardAt].filter(([, last]) => at - last > silentMs).map(([id]) => id)
      for (const id of silent) heardAt.delete(id)
      return silent
    },
  }
}
