import { weekday, zoneOffsetMs } from '../../../shared/availability.ts'
import type { WorkingHours } from '../../../shared/roster.ts'
import { spansAtLocal } from './local-time.ts'
import { mergeSpans, type Span } from './spans.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60
const DAY_MS = DAY_MINUTES * MINUTE_MS
const MOST_DAYS = 400

/** When somebody works of whom nothing is known but the zone. */
export function usualHours(timeZone: string): WorkingHours {
  return { timeZone, days: [1, 2, 3, 4, 5], startMinute: 9 * 60, endMinute: 17 * 60 }
}

/** When so much working time has passed since a moment, absences left out; null where it takes more than a year. */
export function afterWorkingTime(
  fromMs: number,
  workMs: number,
  { hours, absences }: { hours: WorkingHours; absences: readonly Span[] },
): number | null {
  if (workMs <= 0) return fromMs
  const away = mergeSpans([{ startsMs: -Infinity, endsMs: fromMs }, ...absences])
  const { timeZone, startMinute, endMinute } = hours
  const lengthMinutes = ((endMinute - startMinute + DAY_MINUTES - 1) % DAY_MINUTES) + 1
  // Hours of the night before may not be over.
  const firstDay = Math.floor((fromMs + zoneOffsetMs(timeZone, fromMs)) / DAY_MS) - 1
  const atWork: Span[] = []
  let foundMs = 0
  let enough = false
  for (let day = firstDay; day < firstDay + MOST_DAYS && !enough; day++) {
    // One day more: where clocks are put back, its hours may begin before those of the last day are over.
    enough = foundMs >= workMs
    if (!hours.days.includes(weekday(day))) continue
    const startMs = day * DAY_MS + startMinute * MINUTE_MS
    for (const whole of spansAtLocal(timeZone, startMs, startMs + lengthMinutes * MINUTE_MS)) {
      for (const span of without(whole, away)) {
        atWork.push(span)
        foundMs += span.endsMs - span.startsMs
      }
    }
  }
  let leftMs = workMs
  for (const { startsMs, endsMs } of mergeSpans(atWork)) {
    if (endsMs - startsMs >= leftMs) return startsMs + leftMs
    leftMs -= endsMs - startsMs
  }
  return null
}

/** What is left of a span without others, which are merged. */
function without(span: Span, others: readonly Span[]): Span[] {
  const left: Span[] = []
  let { startsMs } = span
  for (const other of others) {
    if (other.endsMs <= startsMs || other.startsMs >= span.endsMs) continue
    if (other.startsMs > startsMs) left.push({ startsMs, endsMs: other.startsMs })
    startsMs = other.endsMs
  }
  return startsMs < span.endsMs ? [...left, { startsMs, endsMs: span.endsMs }] : left
}
