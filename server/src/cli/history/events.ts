import type { Change } from './read.ts'

export type HistoryEvent = { kind: 'open' | 'merge'; change: Change; atMs: number }

/** Every change opens when it was written and merges when it landed; at the same moment what opens comes first. */
export function eventsOf(changes: readonly Change[]): HistoryEvent[] {
  const opened = changes.map((change): HistoryEvent => ({ kind: 'open', change, atMs: change.openedMs }))
  const merged = changes.map((change): HistoryEvent => ({ kind: 'merge', change, atMs: change.landedMs }))
  return [...opened, ...merged].toSorted((a, b) => a.atMs - b.atMs)
}
