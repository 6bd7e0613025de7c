import { zoneOffsetMs } from '../../../shared/availability.ts'
import { mergeSpans, type Span } from './spans.ts'

const QUARTER_MS = 15 * 60_000
const DAY_MS = 96 * QUARTER_MS

/**
 * When clocks of the zone show a time from one up to another, both given as if the zone were UTC: mostly one span. It is shorter where
 * clocks are put forward in it, and longer or in two where they are put back.
 */
export function spansAtLocal(timeZone: string, fromLocalMs: number, toLocalMs: number): Span[] {
  const before = zoneOffsetMs(timeZone, fromLocalMs - DAY_MS)
  const after = zoneOffsetMs(timeZone, toLocalMs + DAY_MS)
  if (before === after) return [{ startsMs: fromLocalMs - before, endsMs: toLocalMs - before }]
  const spans: Span[] = []
  const first = Math.floor((fromLocalMs - Math.max(before, after)) / QUARTER_MS) * QUARTER_MS
  for (let atMs = first; atMs < toLocalMs - Math.min(before, after); atMs += QUARTER_MS) {
    const offset = zoneOffsetMs(timeZone, atMs)
    const startsMs = Math.max(atMs, fromLocalMs - offset)
    spans.push({ startsMs, endsMs: Math.min(atMs + QUARTER_MS, toLocalMs - offset) })
  }
  return mergeSpans(spans)
}
