import { describe, expect, test } from 'bun:test'
import { busyTimesOf, CalendarProblem } from './busy-times.ts'
import { busyTimesApart } from './read-apart.ts'

const nowMs = Date.parse('2026-11-01T00:00:00Z')

function calendarOf(...lines: string[]): string {
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n')
}

function event(uid: string, ...lines: string[]): string[] {
  return ['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT']
}

function timesOf(text: string, timeZone: string | null = null): string[] {
  return busyTimesOf({ text, nowMs, timeZone }).map(
    ({ startsMs, endsMs }) => `${shortTime(startsMs)} – ${shortTime(endsMs)}`,
  )
}

function shortTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16)
}

test.each([
  ['in UTC', ['DTSTART:20261110T090000Z', 'DTEND:20261110T103000Z'], '2026-11-10T09:00 – 2026-11-10T10:30'],
  ['with a duration', ['DTSTART:20261110T090000Z', 'DURATION:PT90M'], '2026-11-10T09:00 – 2026-11-10T10:30'],
  [
    'in a named zone',
    ['DTSTART;TZID=Asia/Kolkata:20261110T090000', 'DTEND;TZID=Asia/Kolkata:20261110T100000'],
    '2026-11-10T03:30 – 2026-11-10T04:30',
  ],
  [
    'in a zone by the name Windows has for it',
    ['DTSTART;TZID=W. Europe Standard Time:20260705T090000', 'DTEND;TZID=W. Europe Standard Time:20261105T100000'],
    '2026-07-05T07:00 – 2026-11-05T09:00',
  ],
  ['of a day', ['DTSTART;VALUE=DATE:20261110'], '2026-11-10T00:00 – 2026-11-11T00:00'],
  ['of days', ['DTSTART;VALUE=DATE:20261110', 'DTEND;VALUE=DATE:20261113'], '2026-11-10T00:00 – 2026-11-13T00:00'],
  ['of days by duration', ['DTSTART;VALUE=DATE:20261110', 'DURATION:P3D'], '2026-11-10T00:00 – 2026-11-13T00:00'],
  [
    'that began before the window',
    ['DTSTART:20260101T000000Z', 'DTEND:20270101T000000Z'],
    '2026-01-01T00:00 – 2027-01-01T00:00',
  ],
])('an event %s is an absence', (_, lines, expected) => {
  expect(timesOf(calendarOf(...event('one', ...lines)))).toEqual([expected])
})

describe('days and times without a zone', () => {
  const day = event('day', 'DTSTART;VALUE=DATE:20261110')
  const hour = event('hour', 'DTSTART:20261112T090000', 'DURATION:PT1H')

  test('are those of the person', () => {
    expect(timesOf(calendarOf('X-WR-TIMEZONE:Asia/Tokyo', ...day, ...hour), 'America/New_York')).toEqual([
      '2026-11-10T05:00 – 2026-11-11T05:00',
      '2026-11-12T14:00 – 2026-11-12T15:00',
    ])
  })

  test('are those of the calendar, where nobody knows where the person is', () => {
    expect(timesOf(calendarOf('X-WR-TIMEZONE:Asia/Tokyo', ...day, ...hour))).toEqual([
      '2026-11-09T15:00 – 2026-11-10T15:00',
      '2026-11-12T00:00 – 2026-11-12T01:00',
    ])
  })

  test('are those of UTC where the calendar names no zone that is one', () => {
    expect(timesOf(calendarOf('X-WR-TIMEZONE:Middle/Earth', ...hour))).toEqual(['2026-11-12T09:00 – 2026-11-12T10:00'])
  })
})

test.each([
  ['free', 'TRANSP:TRANSPARENT'],
  ['cancelled', 'STATUS:CANCELLED'],
])('an event that is %s is no absence', (_, line) => {
  const lines = ['DTSTART:20261110T090000Z', 'DTEND:20261110T100000Z']

  expect(timesOf(calendarOf(...event('one', ...lines, line)))).toEqual([])
  expect(timesOf(calendarOf(...event('one', ...lines)))).toHaveLength(1)
})

test.each([
  ['without a start', ['SUMMARY:x']],
  ['of no time', ['DTSTART:20261110T090000Z']],
  ['that ends before it starts', ['DTSTART:20261110T090000Z', 'DTEND:20261110T080000Z']],
  ['of no date', ['DTSTART:2026', 'DTEND:never']],
  ['long over', ['DTSTART:20250101T090000Z', 'DTEND:20250101T100000Z']],
  ['far ahead', ['DTSTART:20290101T090000Z', 'DTEND:20290101T100000Z']],
])('an event %s does not hide the others', (_, lines) => {
  const good = event('good', 'DTSTART:20261120T090000Z', 'DTEND:20261120T100000Z')

  expect(timesOf(calendarOf(...event('odd', ...lines), ...good))).toContain('2026-11-20T09:00 – 2026-11-20T10:00')
})

describe('an event that recurs', () => {
  const weekly = ['DTSTART;TZID=Europe/Berlin:20261012T090000', 'DTEND;TZID=Europe/Berlin:20261012T100000']

  test('keeps its local time when the clocks are put back', () => {
    expect(timesOf(calendarOf(...event('w', ...weekly, 'RRULE:FREQ=WEEKLY;COUNT=4')))).toEqual([
      '2026-10-12T07:00 – 2026-10-12T08:00',
      '2026-10-19T07:00 – 2026-10-19T08:00',
      '2026-10-26T08:00 – 2026-10-26T09:00',
      '2026-11-02T08:00 – 2026-11-02T09:00',
    ])
  })

  test('is left out where it was taken out', () => {
    const lines = [...weekly, 'RRULE:FREQ=WEEKLY;COUNT=3', 'EXDATE;TZID=Europe/Berlin:20261019T090000']

    expect(timesOf(calendarOf(...event('w', ...lines)))).toEqual([
      '2026-10-12T07:00 – 2026-10-12T08:00',
      '2026-10-26T08:00 – 2026-10-26T09:00',
    ])
  })

  test('is elsewhere where it was moved, and gone where it was cancelled or freed', () => {
    const at = (day: string) => `RECURRENCE-ID;TZID=Europe/Berlin:${day}T090000`
    const on = (day: string) => [`DTSTART;TZID=Europe/Berlin:${day}T110000`, `DTEND;TZID=Europe/Berlin:${day}T120000`]
    const text = calendarOf(
      ...event('w', ...weekly, 'RRULE:FREQ=WEEKLY;COUNT=5'),
      ...event('w', at('20261019'), ...on('20261020')),
      ...event('w', at('20261026'), ...on('20261026'), 'STATUS:CANCELLED'),
      ...event('w', at('20261102'), ...on('20261102'), 'TRANSP:TRANSPARENT'),
    )

    expect(timesOf(text)).toEqual([
      '2026-10-12T07:00 – 2026-10-12T08:00',
      '2026-10-20T09:00 – 2026-10-20T10:00',
      '2026-11-09T08:00 – 2026-11-09T09:00',
    ])
  })

  test('is known for a year ahead', () => {
    const text = calendarOf(...event('d', 'DTSTART;VALUE=DATE:20200106', 'RRULE:FREQ=WEEKLY;BYDAY=MO,FR'))

    const times = timesOf(text)

    expect(times[0]).toStartWith('2026-10-02')
    expect(times.at(-1)).toStartWith('2027-10-29')
  })
})

test('events that touch or overlap are one absence', () => {
  const text = calendarOf(
    ...event('a', 'DTSTART;VALUE=DATE:20261110'),
    ...event('b', 'DTSTART;VALUE=DATE:20261111'),
    ...event('c', 'DTSTART:20261111T220000Z', 'DTEND:20261112T020000Z'),
  )

  expect(timesOf(text)).toEqual(['2026-11-10T00:00 – 2026-11-12T02:00'])
})

test('of more than a thousand absences the next thousand are kept', () => {
  const lines = ['DTSTART:20260101T000000Z', 'DTEND:20260101T001000Z', 'RRULE:FREQ=HOURLY']

  const times = timesOf(calendarOf(...event('h', ...lines)))

  expect(times).toHaveLength(1000)
  expect(times[0]).toStartWith('2026-11-01T00:00')
})

const whole = calendarOf(...event('a', 'DTSTART;VALUE=DATE:20261110'))

test.each([
  ['nothing', ''],
  ['a web page', '<html><body>Please log in</body></html>'],
  ['half a calendar', whole.slice(0, -20)],
  ['a calendar that never begins', whole.slice(20)],
])('%s is no calendar', (_, text) => {
  expect(() => timesOf(text)).toThrow(CalendarProblem)
})

test('a byte order mark and empty lines do no harm', () => {
  expect(timesOf(`\uFEFF${whole}\r\n\r\n`)).toHaveLength(1)
})

test.each([
  ['of every second', 'FREQ=SECONDLY'],
  ['that never comes', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'],
  ['of every second of one day', 'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30'],
])('a calendar with many recurrences %s ends in time or is refused in words', async (_, rule) => {
  const events = Array.from({ length: 500 }, (_each, n) =>
    event(`e${n}`, 'DTSTART:19700101T000000Z', 'DTEND:19700101T000001Z', `RRULE:${rule}`),
  )

  const read = await busyTimesApart({ text: calendarOf(...events.flat()), nowMs, timeZone: null }, 1000)

  if ('problem' in read) expect(read.problem).toBe('it takes too long to read')
  else expect(read.spans.length).toBeLessThanOrEqual(1000)
})

test('a calendar is read apart as it is read here', async () => {
  const text = { text: whole, nowMs, timeZone: 'Europe/Berlin' }

  expect(await busyTimesApart(text)).toEqual({ spans: busyTimesOf(text) })
  expect(await busyTimesApart({ ...text, text: 'none' })).toEqual({ problem: expect.stringContaining('iCalendar') })
})

test('a calendar with a rule that is none is refused in words', async () => {
  const text = calendarOf(...event('odd', 'DTSTART:20261110T090000Z', 'DURATION:PT1H', 'RRULE:FREQ=SOMETIMES'))

  expect(await busyTimesApart({ text, nowMs, timeZone: null })).toEqual({ problem: 'it cannot be understood' })
})
