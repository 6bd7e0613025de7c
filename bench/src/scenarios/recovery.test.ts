import { expect, test } from 'bun:test'
import { normalAgainAfterMs } from './recovery.ts'

const normal = { perSecond: 1000, p99Ms: 10 }
const slow = { perSecond: 1000, p99Ms: 300 }
const refusing = { perSecond: 400, p99Ms: 5 }
const before = [normal, normal]

test('what was never disturbed is normal at once', () => {
  expect(normalAgainAfterMs(before, [normal, normal], 250)).toBe(0)
})

test('it is normal from the first moment after which nothing is slow or missing any more', () => {
  expect(normalAgainAfterMs(before, [slow, normal, refusing, normal], 250)).toBe(750)
})

test('what ends disturbed never became normal', () => {
  expect(normalAgainAfterMs(before, [normal, slow], 250)).toBe(Number.POSITIVE_INFINITY)
})
