import type { MemberTraits, WorkingHours } from './roster.ts'

const MINUTE_MS = 60_000
const QUARTER_MS = 15 * MINUTE_MS
const DAY_MS = 24 * 60 * MINUTE_MS

export function isAbsent({ absences }: Pick<MemberTraits, 'absences'>, atMs: number): boolean {
  for (const { startsMs, endsMs } of absences) if (startsMs <= atMs && atMs < endsMs) return true
  return false
}

/** When the present absence ends, with those that follow it without a gap; null for whoever is there. */
export function presentFrom({ absences }: Pick<MemberTraits, 'absences'>, atMs: number): number | null {
  let backMs = atMs
  for (let before = NaN; before !== backMs;) {
    before = backMs
    for (const { startsMs, endsMs } of absences) if (startsMs <= backMs && backMs < endsMs) backMs = endsMs
  }
  return backMs === atMs ? null : backMs
}

/** Whether it is working time where the member is; hours from 22:00 to 06:00 belong to the day they begin on. */
export function isAtWork({ timeZone, days, startMinute, endMinute }: WorkingHours, atMs: number): boolean {
  const localMs = atMs + zoneOffsetMs(timeZone, atMs)
  const dayNumber = Math.floor(localMs / DAY_MS)
  const minute = Math.floor((localMs - dayNumber * DAY_MS) / MINUTE_MS)
  if (startMinute < endMinute) return startMinute <= minute && minute < endMinute && days.includes(weekday(dayNumber))
  return (
    days.includes(weekday(minute < endMinute ? dayNumber - 1 : dayNumber)) &&
    !(endMinute <= minute && minute < startMinute)
  )
}

/** From 1, Monday, to 7; day 0, the first of 1970, was a Thursday. */
export function weekday(dayNumber: number): number {
  return ((((dayNumber + 3) % 7) + 7) % 7) + 1
}

type Zone = { format: Intl.DateTimeFormat; quarter: number; offsetMs: number }
const zones = new Map<string, Zone>()

/** How far local time is ahead of UTC. Clocks are put forward and back only at full quarters of an hour. */
export function zoneOffsetMs(timeZone: string, atMs: number): number {
  const zone = zones.get(timeZone) ?? newZone(timeZone)
  const quarter = Math.floor(atMs / QUARTER_MS)
  if (zone.quarter !== quarter) {
    const [, sign, hours, minutes] = /GMT([+-])(\d+):(\d+)/.exec(zone.format.format(quarter * QUARTER_MS)) ?? []
    const offsetMs = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * MINUTE_MS
    Object.assign(zone, { quarter, offsetMs: sign === '-' ? -offsetMs : offsetMs })
  }
  return zone.offsetMs
}

function newZone(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  const zone = { format, quarter: NaN, offsetMs: 0 }
  zones.set(timeZone, zone)
  return zone
}
