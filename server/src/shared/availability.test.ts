import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { isAbsent, isAtWork, presentFrom, zoneOffsetMs } from './availability.ts'
import type { WorkingHours } from './roster.ts'

const at = Date.parse
const office = { timeZone: 'Europe/Berlin', days: [1, 2, 3, 4, 5], startMinute: 9 * 60, endMinute: 18 * 60 }

function absent(...spans: [from: number, to: number][]) {
  return { absences: spans.map(([startsMs, endsMs]) => ({ startsMs, endsMs })) }
}

test('an absence holds from its first moment, and not in the moment it ends', () => {
  expect([9, 10, 19, 20].map((ms) => isAbsent(absent([10, 20]), ms))).toEqual([false, true, true, false])
  expect(isAbsent(absent(), 10)).toBe(false)
})

test.each([
  ['nobody is away', absent(), null],
  ['the absence is over', absent([0, 10]), null],
  ['the absence is still to come', absent([11, 20]), null],
  ['one absence', absent([5, 20]), 20],
  ['absences that overlap', absent([5, 20], [15, 30]), 30],
  ['absences that touch, in any order', absent([30, 40], [20, 30], [5, 20]), 40],
  ['an absence within another', absent([5, 50], [8, 12]), 50],
  ['an absence after a gap', absent([5, 20], [21, 30]), 20],
])('somebody is back when the absences without a gap end: %s', (_, traits, expected) => {
  expect(presentFrom(traits, 10)).toBe(expected)
})

const spans = fc.array(
  fc.tuple(fc.nat(50), fc.nat(50)).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]),
)

test('back is the first moment from now on without an absence', () => {
  fc.assert(
    fc.property(spans, fc.nat(50), (given, now) => {
      const traits = absent(...given)
      let first = now
      while (isAbsent(traits, first)) first++
      expect(presentFrom(traits, now)).toBe(first === now ? null : first)
    }),
  )
})

describe('working hours', () => {
  test.each([
    ['before they start', '2026-11-20T07:59:59.999Z', false],
    ['when they start', '2026-11-20T08:00:00Z', true],
    ['just before they end', '2026-11-20T16:59:59.999Z', true],
    ['when they end', '2026-11-20T17:00:00Z', false],
    ['on another day of the week', '2026-11-21T10:00:00Z', false],
    ['in summer, before', '2026-07-20T06:59:59Z', false],
    ['in summer', '2026-07-20T07:00:00Z', true],
    ['the last Friday of summer time', '2026-10-23T07:30:00Z', true],
    ['the first Monday of winter time', '2026-10-26T07:30:00Z', false],
  ])('are those of local time: %s', (_, time, expected) => {
    expect(isAtWork(office, at(time))).toBe(expected)
  })

  test.each([
    ['Asia/Kolkata', '2026-11-20T03:29:59Z', '2026-11-20T03:30:00Z'],
    ['Asia/Kathmandu', '2026-11-20T03:14:59Z', '2026-11-20T03:15:00Z'],
    ['Australia/Lord_Howe', '2026-11-19T21:59:59Z', '2026-11-19T22:00:00Z'],
    ['America/St_Johns', '2026-11-20T12:29:59Z', '2026-11-20T12:30:00Z'],
    ['Pacific/Kiritimati', '2026-11-19T18:59:59Z', '2026-11-19T19:00:00Z'],
    ['Pacific/Pago_Pago', '2026-11-20T19:59:59Z', '2026-11-20T20:00:00Z'],
    ['UTC', '2026-11-20T08:59:59Z', '2026-11-20T09:00:00Z'],
  ])('start at nine in %s', (timeZone, before, start) => {
    expect([before, start].map((time) => isAtWork({ ...office, timeZone }, at(time)))).toEqual([false, true])
  })

  const nights = { timeZone: 'UTC', days: [5], startMinute: 22 * 60, endMinute: 6 * 60 }

  test.each([
    ['Friday before', '2026-11-20T21:59:00Z', false],
    ['Friday evening', '2026-11-20T22:00:00Z', true],
    ['the night to Saturday', '2026-11-21T05:59:00Z', true],
    ['Saturday morning', '2026-11-21T06:00:00Z', false],
    ['Saturday evening', '2026-11-21T23:00:00Z', false],
    ['the night to Friday', '2026-11-20T05:00:00Z', false],
  ])('over midnight belong to the day they begin on: %s', (_, time, expected) => {
    expect(isAtWork(nights, at(time))).toBe(expected)
  })

  test('over midnight go from Sunday to Monday', () => {
    expect(isAtWork({ ...nights, days: [7] }, at('2026-11-23T01:00:00Z'))).toBe(true)
  })

  test('may be a whole day', () => {
    const day = { ...nights, days: [6], startMinute: 0, endMinute: 1440 }

    expect(
      ['2026-11-20T23:59:59Z', '2026-11-21T00:00:00Z', '2026-11-21T23:59:59Z', '2026-11-22T00:00:00Z'].map((time) =>
        isAtWork(day, at(time)),
      ),
    ).toEqual([false, true, true, false])
  })

  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Africa/Casablanca']

  /** What the clock on the wall shows, told by another part of Intl. */
  function wallClock(timeZone: string, ms: number): { weekday: number; minute: number } {
    const text = new Date(ms).toLocaleString('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
    })
    const [, day, hour, minute] = /(\w{3}).*?(\d\d):(\d\d)/.exec(text)!
    const weekday = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(day!) + 1
    return { weekday, minute: (Number(hour) % 24) * 60 + Number(minute) }
  }

  test('are kept by the clock on the wall, whenever and wherever', () => {
    const moment = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') })
    const hours = fc.record({
      timeZone: fc.constantFrom(...zones),
      days: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
      startMinute: fc.integer({ min: 0, max: 1439 }),
      endMinute: fc.integer({ min: 1, max: 1440 }),
    })
    fc.assert(
      fc.property(hours, fc.array(moment, { minLength: 1, maxLength: 3 }), (given: WorkingHours, moments) => {
        for (const ms of [...moments, ...moments]) {
          const { weekday, minute } = wallClock(given.timeZone, ms)
          const { startMinute, endMinute, days } = given
          const isLong = endMinute <= startMinute
          const today = days.includes(weekday) && minute >= startMinute && (isLong || minute < endMinute)
          const yesterday = isLong && days.includes(weekday === 1 ? 7 : weekday - 1) && minute < endMinute
          expect(isAtWork(given, ms)).toBe(today || yesterday)
        }
      }),
    )
  })
})

test('local time is ahead of UTC by what the zone says at that moment, before and after the clocks change', () => {
  const change = at('2026-03-29T01:00:00Z')

  expect([change - 1, change, change - 1].map((ms) => zoneOffsetMs('Europe/Berlin', ms) / 3_600_000)).toEqual([1, 2, 1])
  expect(zoneOffsetMs('America/St_Johns', change) / 60_000).toBe(-150)
})
