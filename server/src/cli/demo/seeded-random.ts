export type SeededRandom = {
  /** A number from 0 up to, not including, 1. */
  next: () => number
  pick: <Item>(items: readonly Item[]) => Item
}

/** The same numbers for the same seed and topic: FNV-1a over both starts mulberry32 (both public domain). */
export function seededRandom(seed: number, topic: string): SeededRandom {
  let state = 0x811c9dc5
  for (const unit of `${seed} ${topic}`) state = Math.imul(state ^ unit.codePointAt(0)!, 0x01000193)

  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  return { next, pick: (items) => items[Math.floor(next() * items.length)]! }
}
