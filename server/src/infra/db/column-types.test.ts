import { expect, test } from 'bun:test'
import fc from 'fast-check'
import pg from 'pg'
import { columnTypes, toRfc3339 } from './column-types.ts'

const { builtins } = pg.types

function parse(oid: number, text: string): unknown {
  const parser = columnTypes.getTypeParser(oid, 'text') as (text: string) => unknown
  return parser(text)
}

test('whole numbers of 64 bits are numbers', () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (n) => parse(builtins.INT8, String(n)) === n))
})

test('a time is RFC 3339 in UTC with six digits, so that times compare as texts', () => {
  expect(parse(builtins.TIMESTAMPTZ, '2026-11-21 09:30:00.123456+00')).toBe('2026-11-21T09:30:00.123456Z')
  expect(parse(builtins.TIMESTAMPTZ, '2026-11-21 09:30:00.1+00')).toBe('2026-11-21T09:30:00.100000Z')
  expect(parse(builtins.TIMESTAMPTZ, '2026-11-21 09:30:00+00')).toBe('2026-11-21T09:30:00.000000Z')
})

test('any time in UTC is the same moment afterwards', () => {
  const from = new Date('1970-01-01T00:00:00Z')
  const to = new Date('9999-12-31T23:59:59.999Z')
  fc.assert(
    fc.property(fc.date({ min: from, max: to, noInvalidDate: true }), (moment) => {
      const text = moment.toISOString().replace('T', ' ').replace('Z', '+00')

      expect(new Date(toRfc3339(text)).getTime()).toBe(moment.getTime())
    }),
  )
})

test.each(['2026-11-21 09:30:00+03', '2026-11-21 09:30:00+05:30', '2026-11-21 09:30:00-00:30', 'infinity'])(
  '%s is refused rather than told wrong',
  (text) => {
    expect(() => toRfc3339(text)).toThrow('Expected a time in UTC')
  },
)

test('other types are read as usual', () => {
  expect(parse(builtins.BOOL, 't')).toBe(true)
  expect(parse(builtins.JSON, '{"a":[1]}')).toEqual({ a: [1] })
  expect(parse(builtins.INT4, '7')).toBe(7)
  expect(parse(builtins.TEXT, '7')).toBe('7')
})
