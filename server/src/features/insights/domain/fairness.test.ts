import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { gini, topFifthShare } from './fairness.ts'

const loads = fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 })
const busyLoads = loads.filter((values) => values.some((value) => value > 0))

describe('Gini', () => {
  test.each([
    [[], 0],
    [[0, 0, 0], 0],
    [[5], 0],
    [[3, 3, 3, 3], 0],
    [[0, 1], 0.5],
    [[1, 3], 0.25],
    [[1, 2, 3, 4], 0.25],
    [[0, 0, 0, 10], 0.75],
  ])('of %j is %d', (values, expected) => {
    expect(gini(values)).toBeCloseTo(expected, 12)
  })

  test('is half the relative mean absolute difference', () => {
    fc.assert(
      fc.property(busyLoads, (values) => {
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length
        const differences = values.flatMap((a) => values.map((b) => Math.abs(a - b)))
        const meanDifference = differences.reduce((sum, value) => sum + value, 0) / differences.length

        expect(gini(values)).toBeCloseTo(meanDifference / (2 * mean), 9)
      }),
    )
  })

  test('is from 0 to below 1, and 0 just when all carry the same', () => {
    fc.assert(
      fc.property(busyLoads, (values) => {
        const value = gini(values)

        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeLessThanOrEqual(1 - 1 / values.length + 1e-12)
        expect(value === 0).toBe(new Set(values).size === 1)
      }),
    )
  })
})

describe('the share of the busiest fifth', () => {
  test.each([
    [[], 0],
    [[0, 0], 0],
    [[7], 1],
    [[1, 1, 1, 1, 1], 0.2],
    [[1, 1, 1, 1, 6], 0.6],
    [[4, 1, 1, 1, 1, 2], 0.6],
    [[0, 0, 0, 0, 0, 9], 1],
  ])('of %j is %d', (values, expected) => {
    expect(topFifthShare(values)).toBeCloseTo(expected, 12)
  })

  test('is at least the fifth they are, and at most all', () => {
    fc.assert(
      fc.property(busyLoads, (values) => {
        const share = topFifthShare(values)

        expect(share).toBeGreaterThanOrEqual(Math.ceil(values.length / 5) / values.length - 1e-12)
        expect(share).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe.each([
  ['Gini', gini],
  ['the share of the busiest fifth', topFifthShare],
])('%s', (_, measure) => {
  test('does not change when everybody carries so many times as much', () => {
    fc.assert(
      fc.property(loads, fc.integer({ min: 1, max: 50 }), (values, times) => {
        expect(measure(values.map((value) => value * times))).toBeCloseTo(measure(values), 9)
      }),
    )
  })

  test('does not depend on who carries what, and leaves the figures as they were', () => {
    fc.assert(
      fc.property(loads, (values) => {
        const given = Object.freeze([...values])

        expect(measure(given)).toBe(measure(given.toReversed()))
      }),
    )
  })
})
