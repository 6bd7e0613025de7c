import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { hashText } from '../../../shared/hash.ts'
import { draw, sampleBelow, seedFrom } from './seeded-random.ts'

const seeds = fc.nat(2 ** 32 - 1)

describe('recorded decisions stay replayable', () => {
  test.each([
    [0, '', 3301261163],
    [0, 'ada', 2513808433],
    [1, 'ada', 2929973924],
    [4294967295, 'ada', 1271741874],
    [42, '😀ß', 4084328216],
    [42, 'user with / and %', 433202062],
  ])('draw(%i, hashText(%j)) is %i for ever', (seed, text, drawn) => {
    expect(draw(seed, hashText(text))).toBe(drawn)
  })

  test.each([
    [0, 10, 3, [1, 3, 6]],
    [7, 10_000, 5, [3579, 6263, 7247, 8194, 8969]],
    [4294967295, 100, 4, [12, 28, 42, 43]],
    [3, 5, 5, [0, 1, 2, 3, 4]],
  ])('sampleBelow(%i, %i, %i) is %j for ever', (seed, bound, size, sample) => {
    expect(sampleBelow(seed, bound, size)).toEqual(sample)
  })

  test('a seed made from facts is the same for ever, and tells a number from its digits', () => {
    expect(seedFrom()).toBe(3412346758)
    expect(seedFrom('payments', 3, 'pr-1', 'ada')).toBe(2743589338)
    expect(seedFrom('payments', '3', 'pr-1', 'ada')).toBe(2329032986)
  })
})

test('a draw is a whole number from 0 to 2^32 - 1', () => {
  fc.assert(
    fc.property(seeds, fc.string({ unit: 'binary' }), (seed, text) => {
      expect(draw(seed, hashText(text)) >>> 0).toBe(draw(seed, hashText(text)))
    }),
  )
})

test('a sample is as many different numbers as asked, ascending and below the bound', () => {
  const boundAndSize = fc.nat(10_000).chain((bound) => fc.tuple(fc.constant(bound), fc.nat(Math.min(bound, 64))))
  fc.assert(
    fc.property(seeds, boundAndSize, (seed, [bound, size]) => {
      const sample = sampleBelow(seed, bound, size)

      expect(sample).toHaveLength(size)
      expect(new Set(sample).size).toBe(size)
      expect(sample).toEqual(sample.toSorted((a, b) => a - b))
      expect(sample.every((n) => Number.isInteger(n) && n >= 0 && n < bound)).toBeTrue()
    }),
  )
})

/** Pearson's statistic; the critical values below are those for one chance in a thousand. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

describe.each([
  ['consecutive', (index: number) => index],
  ['scattered', (index: number) => (index * 2654435761) % 2 ** 32],
])('over %s seeds', (_, seedAt) => {
  test('each number is as likely to be in a sample as any other', () => {
    const counts = Array.from({ length: 50 }, () => 0)
    for (let index = 0; index < 20_000; index++) for (const n of sampleBelow(seedAt(index), 50, 5)) counts[n]!++

    expect(chiSquare(counts)).toBeLessThan(85.4)
  })

  test('each subset is as likely as any other', () => {
    const counts = new Map<string, number>()
    for (let index = 0; index < 20_000; index++) {
      const subset = sampleBelow(seedAt(index), 6, 3).join()
      counts.set(subset, (counts.get(subset) ?? 0) + 1)
    }

    expect(counts.size).toBe(20)
    expect(chiSquare([...counts.values()])).toBeLessThan(43.8)
  })

  test('each of several candidates has the lowest draw equally often', () => {
    const ids = ['u1', 'u2', 'u3', 'u10', 'a', 'b', 'ada', 'Ada']
    const wins = ids.map(() => 0)
    for (let index = 0; index < 20_000; index++) {
      const draws = ids.map((id) => draw(seedAt(index), hashText(id)))
      wins[draws.indexOf(Math.min(...draws))]!++
    }

    expect(chiSquare(wins)).toBeLessThan(24.3)
  })
})
