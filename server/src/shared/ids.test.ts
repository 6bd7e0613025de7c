import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { compareIds } from './ids.ts'

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

// Characters around the places where UTF-16 and UTF-8 order differently, and any others.
const characters = fc.oneof(
  fc.constantFrom('a', '\u{7f}', '\u{80}', '\u{7ff}', '\u{800}', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10000}'),
  fc.constantFrom('\u{103ff}', '\u{10400}', '\u{10ffff}', '😀', '😁'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
)
const texts = fc.string({ unit: characters, maxLength: 5 })

test('ids are ordered as the bytes of their UTF-8', () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(Math.sign(compareIds(a, b))).toBe(compareBytes(a, b))
    }),
    { numRuns: 5000 },
  )
})

test('ids with a common beginning are ordered by what follows it', () => {
  fc.assert(
    fc.property(texts, texts, texts, (start, a, b) => {
      expect(Math.sign(compareIds(start + a, start + b))).toBe(compareBytes(a, b))
    }),
    { numRuns: 2000 },
  )
})

test('an id equals itself alone', () => {
  fc.assert(fc.property(texts, texts, (a, b) => compareIds(a, a) === 0 && (compareIds(a, b) === 0) === (a === b)))
})

test.each([
  ['\u{ffff}', '\u{10000}'],
  ['u10', 'u2'],
  ['Z', 'a'],
  ['a', 'aa'],
  ['z', 'ä'],
])('%j comes before %j', (first, second) => {
  expect([second, first].toSorted(compareIds)).toEqual([first, second])
})
