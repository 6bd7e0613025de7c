import { weekday, zoneOffsetMs } from '../../../shared/availability.ts'
import { mergeSpans, spansAtLocal, type Span } from '../../people/index.ts'
import type { Manner, QuietHours } from '../domain/preferences.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const SATURDAY = 6
/** A night, a weekend and another night may follow each other. */
const DAYS_AHEAD = 5

/** When it is quiet no more, where it is quiet now; else null. */
export function quietUntil({ quietHours, timeZone }: Pick<Manner, 'quietHours' | 'timeZone'>, nowMs: number) {
  if (quietHours === null) return null
  const today = Math.floor((nowMs + zoneOffsetMs(timeZone, nowMs)) / DAY_MS)
  const days = Array.from({ length: DAYS_AHEAD + 1 }, (_, index) => today - 1 + index)
  const quiet = mergeSpans(days.flatMap((day) => quietOn(day, quietHours, timeZone)))
  return quiet.find(({ startsMs, endsMs }) => startsMs <= nowMs && nowMs < endsMs)?.endsMs ?? null
}

/** The night that begins on a day, counted from 1970, and the day itself where it is of a weekend. */
function quietOn(day: number, { fromMinute, toMinute, weekends }: QuietHours, timeZone: string): Span[] {
  const startMs = day * DAY_MS
  const quiet = weekends && weekday(day) >= SATURDAY ? spansAtLocal(timeZone, startMs, startMs + DAY_MS) : []
  if (fromMinute === null || toMinute === null) return quiet
  const endMs = startMs + toMinute * MINUTE_MS + (toMinute <= fromMinute ? DAY_MS : 0)
  return [...quiet, ...spansAtLocal(timeZone, startMs + fromMinute * MINUTE_MS, endMs)]
}

/** When something that is to be told now goes out: after the digest's window, and not while it is quiet. */
export function dueAt(manner: Manner, nowMs: number): number {
  const closedMs = nowMs + manner.digestMinutes * MINUTE_MS
  return quietUntil(manner, closedMs) ?? closedMs
}
