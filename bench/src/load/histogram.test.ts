import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Histogram } from './histogram.ts'

function histogramOf(latencies: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const ms of latencies) histogram.record(ms)
  return histogram
}

test('a percentile is within a bucket, 2.2 %, of the exact one', () => {
  const latencies = fc.array(fc.double({ min: 0.02, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.5, 0.95, 0.99, 1), (values, p) => {
      const sorted = values.toSorted((a, b) => a - b)
      const exact = sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]!
      expect(histogramOf(values).percentileMs(p) / exact).toBeWithin(0.978, 1.023)
    }),
  )
})

test('histograms of two processes add up to the histogram of all', () => {
  const [one, two] = [
    [0.5, 3, 8],
    [0.1, 900],
  ]
  const sum = histogramOf(one)
  sum.add(histogramOf(two))

  expect(sum).toEqual(histogramOf([...one, ...two]))
  expect(sum.total).toBe(5)
  expect(sum.maxMs).toBe(900)
})

test('without a latency everything is 0', () => {
  expect(new Histogram().percentileMs(0.99)).toBe(0)
  expect(new Histogram().total).toBe(0)
})
