import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { zoneOffsetMs } from '../../../shared/availability.ts'
import type { QuietHours } from '../domain/preferences.ts'
import { dueAt, quietUntil } from './quiet-hours.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 1440
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/Sao_Paulo']
const night: QuietHours = { fromMinute: 20 * 60, toMinute: 9 * 60, weekends: true }

function until(quietHours: QuietHours, timeZone: string, now: string): string | null {
  const endMs = quietUntil({ quietHours, timeZone }, Date.parse(now))
  return endMs === null ? null : new Date(endMs).toISOString()
}

/** By the clock on the wall, minute for minute. */
function isQuiet({ fromMinute, toMinute, weekends }: QuietHours, timeZone: string, atMs: number): boolean {
  const local = new Date(atMs + zoneOffsetMs(timeZone, atMs))
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes()
  if (weekends && [0, 6].includes(local.getUTCDay())) return true
  if (fromMinute === null || toMinute === null) return false
  if (fromMinute < toMinute) return fromMinute <= minute && minute < toMinute
  return fromMinute <= minute || minute < toMinute
}

describe('from eight in the evening to nine in the morning, and at weekends', () => {
  test.each([
    ['a Tuesday at noon is not quiet', '2026-11-17T12:00:00Z', null],
    ['a Tuesday night is, until nine', '2026-11-17T19:00:00Z', '2026-11-18T08:00:00.000Z'],
    ['so is its morning', '2026-11-18T07:59:59Z', '2026-11-18T08:00:00.000Z'],
    ['at nine it is over', '2026-11-18T08:00:00Z', null],
    ['Friday night lasts until Monday', '2026-11-20T19:00:00Z', '2026-11-23T08:00:00.000Z'],
    ['so does a Saturday', '2026-11-21T12:00:00Z', '2026-11-23T08:00:00.000Z'],
    [
      'the weekend on which clocks are put forward is an hour shorter',
      '2026-03-27T19:00:00Z',
      '2026-03-30T07:00:00.000Z',
    ],
    ['the one on which they are put back is an hour longer', '2026-10-23T18:00:00Z', '2026-10-26T08:00:00.000Z'],
  ])('in Berlin %s', (_, now, expected) => {
    expect(until(night, 'Europe/Berlin', now)).toBe(expected)
  })
})

test('a night that ends at a time that is left out ends when clocks are put forward', () => {
  const quiet = { fromMinute: 0, toMinute: 150, weekends: false }

  expect(until(quiet, 'Europe/Berlin', '2026-03-28T23:30:00Z')).toBe('2026-03-29T01:00:00.000Z')
})

test('it is quiet until the first minute that is not, by the clock of the zone', () => {
  const anyQuiet = fc
    .record({ fromMinute: fc.nat(1439), toMinute: fc.nat(1439), weekends: fc.boolean() })
    .filter(({ fromMinute, toMinute }) => fromMinute !== toMinute)
  const anyNow = fc
    .constantFrom('2026-03-06', '2026-03-27', '2026-04-03', '2026-10-02', '2026-10-23', '2026-10-30', '2026-06-01')
    .chain((day) => fc.nat(4 * DAY_MINUTES).map((minute) => Date.parse(`${day}T00:00:00Z`) + minute * MINUTE_MS))
  fc.assert(
    fc.property(anyQuiet, fc.constantFrom(...zones), anyNow, (quietHours, timeZone, nowMs) => {
      let endMs = nowMs
      while (isQuiet(quietHours, timeZone, endMs)) endMs += MINUTE_MS

      expect(quietUntil({ quietHours, timeZone }, nowMs)).toBe(endMs === nowMs ? null : endMs)
    }),
    { numRuns: 300, endOnFailure: true },
  )
})

test('a message goes out when its window closes, and in the morning where that is at night', () => {
  const manner = { language: 'en', timeZone: 'Europe/Berlin', quietHours: night, digestMinutes: 10, kinds: [] } as const
  const due = (now: string) => new Date(dueAt(manner, Date.parse(now))).toISOString()

  expect(due('2026-11-17T12:00:00Z')).toBe('2026-11-17T12:10:00.000Z')
  expect(due('2026-11-17T18:55:00Z')).toBe('2026-11-18T08:00:00.000Z')
})
