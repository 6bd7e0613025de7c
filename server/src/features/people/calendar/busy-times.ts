import { expandRecurringEvent, sync, type EventInstance, type VEvent } from 'node-ical'
import { zoneOffsetMs } from '../../../shared/availability.ts'
import { mergeSpans, nearestSpans, type Span } from '../domain/spans.ts'
import { isTimeZone } from './time-zone.ts'

const DAY_MS = 86_400_000
const DAYS_BACK = 30
const DAYS_AHEAD = 365
const MAX_SPANS = 1000

export type CalendarText = {
  text: string
  nowMs: number
  /** Of days and times that name no zone; without it the calendar's own, or UTC. */
  timeZone: string | null
}

/** A calendar that cannot be understood; the message is for people. */
export class CalendarProblem extends Error {
  override readonly name = 'CalendarProblem'
}

/**
 * When the owner of an iCalendar text (RFC 5545) is away: every event that takes up time, from 30 days ago to 365 days ahead,
 * merged where they touch. May take long on a hostile text: run it apart.
 */
export function busyTimesOf({ text, nowMs, timeZone }: CalendarText): Span[] {
  // A text that was cut off would look like a calendar of fewer events.
  if (!/^\uFEFF?\s*BEGIN:VCALENDAR\s/i.test(text) || !/\nEND:VCALENDAR\s*$/i.test(text)) {
    throw new CalendarProblem('it is no whole iCalendar text (BEGIN:VCALENDAR … END:VCALENDAR)')
  }
  const calendar = sync.parseICS(text)
  const zone = timeZone ?? ownZone(calendar.vcalendar) ?? 'UTC'
  const [fromMs, toMs] = [nowMs - DAYS_BACK * DAY_MS, nowMs + DAYS_AHEAD * DAY_MS]
  const spans = Object.values(calendar)
    .filter((part): part is VEvent => part?.type === 'VEVENT')
    .flatMap((event) => instancesOf(event, fromMs, toMs))
    .filter(({ event }) => takesTime(event))
    .map((instance) => spanOf(instance, zone))
    .filter(({ startsMs, endsMs }) => endsMs > fromMs && startsMs < toMs)
  return nearestSpans(mergeSpans(spans), nowMs, MAX_SPANS)
}

function ownZone(properties: object | undefined): string | null {
  const named = (properties as Record<string, unknown> | undefined)?.['WR-TIMEZONE']
  return typeof named === 'string' && isTimeZone(named) ? named : null
}

/** None of an event that makes no sense: one of them must not hide the others. */
function instancesOf(event: VEvent, fromMs: number, toMs: number): EventInstance[] {
  try {
    return expandRecurringEvent(event, {
      // Wider, because days are not in their zone yet.
      from: new Date(fromMs - DAY_MS),
      to: new Date(toMs + DAY_MS),
      expandOngoing: true,
    })
  } catch {
    return []
  }
}

function takesTime({ status, transparency }: VEvent): boolean {
  return String(status).toUpperCase() !== 'CANCELLED' && String(transparency).toUpperCase() !== 'TRANSPARENT'
}

function spanOf({ start, end, isFullDay }: EventInstance, zone: string): Span {
  const isFloating = isFullDay || start.tz === undefined
  return isFloating
    ? { startsMs: fromWallClock(start, zone), endsMs: fromWallClock(end, zone) }
    : { startsMs: start.getTime(), endsMs: end.getTime() }
}

/** A time without a zone is read as the process's local time; what its clock showed is meant for another zone. */
function fromWallClock(date: Date, zone: string): number {
  const wallMs = Date.UTC(
    date.getFullYear(),
    date.getMonth(),
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
  )
  return wallMs - zoneOffsetMs(zone, wallMs - zoneOffsetMs(zone, wallMs))
}
