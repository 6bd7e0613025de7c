import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { changeOfSpans, mergeSpans, nearestSpans, type Span } from './spans.ts'

const anySpans = fc.array(fc.record({ startsMs: fc.nat(60), endsMs: fc.nat(60) }), { maxLength: 12 })

function momentsOf(spans: readonly Span[]): number[] {
  return Array.from({ length: 61 }, (_, ms) => ms).filter((ms) =>
    spans.some(({ startsMs, endsMs }) => startsMs <= ms && ms < endsMs),
  )
}

test('merged spans are the same time, in order and apart', () => {
  fc.assert(
    fc.property(anySpans, (spans) => {
      const merged = mergeSpans(spans)

      expect(momentsOf(merged)).toEqual(momentsOf(spans))
      merged.forEach((span, index) => {
        expect(span.endsMs).toBeGreaterThan(span.startsMs)
        if (index > 0) expect(span.startsMs).toBeGreaterThan(merged[index - 1]!.endsMs)
      })
    }),
  )
})

test('merging changes no span it was given', () => {
  const given = [Object.freeze({ startsMs: 0, endsMs: 5 }), Object.freeze({ startsMs: 3, endsMs: 9 })]

  expect(mergeSpans(given)).toEqual([{ startsMs: 0, endsMs: 9 }])
})

describe('of more spans than are kept', () => {
  const spans = [0, 10, 20, 30, 40].map((startsMs) => ({ startsMs, endsMs: startsMs + 5 }))

  test.each([
    ['those not over and nearest', 12, [10, 20]],
    ['the last ones, where most are over', 44, [30, 40]],
    ['the last ones, where all are over', 99, [30, 40]],
  ])('%s stay', (_, nowMs, expected) => {
    expect(nearestSpans(spans, nowMs, 2).map(({ startsMs }) => startsMs)).toEqual(expected)
  })
})

test('what goes and what comes makes the one list the other', () => {
  fc.assert(
    fc.property(anySpans.map(mergeSpans), anySpans.map(mergeSpans), (before, after) => {
      const { gone, come } = changeOfSpans(before, after)

      const result = [...before.filter((span) => !gone.includes(span)), ...come]
      expect(result.toSorted((a, b) => a.startsMs - b.startsMs)).toEqual(after)
    }),
  )
})
