import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { isAbsent, isAtWork } from '../../../shared/availability.ts'
import { afterWorkingTime, usualHours } from './working-time.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia']
/** Around the days on which clocks are put forward and back in these zones. */
const anyStart = fc
  .constantFrom('2026-03-06', '2026-03-27', '2026-04-03', '2026-10-02', '2026-10-23', '2026-10-30', '2026-06-01')
  .chain((day) => fc.nat(3 * 24 * 60).map((minute) => Date.parse(`${day}T00:00:00Z`) + minute * MINUTE_MS))
const anyHours = fc
  .record({
    timeZone: fc.constantFrom(...zones),
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    startMinute: fc.nat(1439),
    endMinute: fc.integer({ min: 0, max: 1440 }),
  })
  // Whoever works for minutes a week is beyond what is looked at.
  .filter(({ startMinute, endMinute }) => (endMinute - startMinute + 1440) % 1440 >= 120)
const anyAbsences = fc.array(fc.record({ afterMin: fc.nat(4 * 1440), minutes: fc.integer({ min: 1, max: 2000 }) }), {
  maxLength: 3,
})

function at(text: string): number {
  return Date.parse(text)
}

function shown(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

test('it is over when as many minutes have passed in which the member was at work and not absent', () => {
  fc.assert(
    fc.property(anyStart, anyHours, anyAbsences, fc.integer({ min: 1, max: 300 }), (fromMs, hours, away, minutes) => {
      const absences = away.map(({ afterMin, minutes: length }) => {
        const startsMs = fromMs + (afterMin - 600) * MINUTE_MS
        return { startsMs, endsMs: startsMs + length * MINUTE_MS }
      })
      let left = minutes
      let atMs = fromMs
      for (; left > 0; atMs += MINUTE_MS) if (isAtWork(hours, atMs) && !isAbsent({ absences }, atMs)) left--

      expect(shown(afterWorkingTime(fromMs, minutes * MINUTE_MS, { hours, absences }))).toBe(shown(atMs))
    }),
    { numRuns: 300, endOnFailure: true },
  )
})

test('more working time never ends earlier, and none ends at once', () => {
  fc.assert(
    fc.property(anyStart, anyHours, fc.nat(1500), fc.nat(1500), (fromMs, hours, some, more) => {
      const end = (minutes: number) => afterWorkingTime(fromMs, minutes * MINUTE_MS, { hours, absences: [] })!

      expect(end(some + more)).toBeGreaterThanOrEqual(end(some))
      expect(end(0)).toBe(fromMs)
    }),
  )
})

describe('four hours for somebody in Berlin, from Monday to Friday from nine to five', () => {
  const hours = usualHours('Europe/Berlin')
  const end = (from: string, absences: { startsMs: number; endsMs: number }[] = []) =>
    shown(afterWorkingTime(at(from), 4 * HOUR_MS, { hours, absences }))

  test.each([
    ['on a Monday morning end on that day', '2026-11-16T09:00:00Z', '2026-11-16T13:00:00.000Z'],
    ['from Friday at three on end on Monday', '2026-11-20T14:00:00Z', '2026-11-23T10:00:00.000Z'],
    ['from Friday on, over the night clocks are put forward', '2026-03-27T14:00:00Z', '2026-03-30T09:00:00.000Z'],
    ['from Friday on, over the night clocks are put back', '2026-10-23T13:00:00Z', '2026-10-26T10:00:00.000Z'],
  ])('%s', (_, from, expected) => {
    expect(end(from)).toBe(expected)
  })

  test('do not pass while they are away', () => {
    const week = { startsMs: at('2026-11-16T00:00:00Z'), endsMs: at('2026-11-23T00:00:00Z') }

    expect(end('2026-11-13T15:00:00Z', [week])).toBe('2026-11-23T11:00:00.000Z')
  })
})

test('hours that end in the hour which clocks repeat count both times, in the order in which they pass', () => {
  const hours = { timeZone: 'Europe/Berlin', days: [6, 7], startMinute: 2 * 60 + 32, endMinute: 2 * 60 + 21 }

  // At work until 02:21, from 02:32 to 03:00, from 02:00 to 02:21 once more, and from 02:32 on.
  expect(shown(afterWorkingTime(at('2026-10-25T00:20:00Z'), 28 * MINUTE_MS, { hours, absences: [] }))).toBe(
    '2026-10-25T00:59:00.000Z',
  )
  expect(shown(afterWorkingTime(at('2026-10-25T00:20:00Z'), 51 * MINUTE_MS, { hours, absences: [] }))).toBe(
    '2026-10-25T01:33:00.000Z',
  )
})

test('for somebody who never works they are never over', () => {
  const always = { startsMs: at('2026-01-01T00:00:00Z'), endsMs: at('2030-01-01T00:00:00Z') }

  expect(afterWorkingTime(at('2026-02-01T00:00:00Z'), 1, { hours: usualHours('UTC'), absences: [always] })).toBeNull()
})
