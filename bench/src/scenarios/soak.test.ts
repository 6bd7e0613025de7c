import { expect, test } from 'bun:test'
import { growthOf } from './soak.ts'

test('growth compares the last third with the middle one, whatever the first was', () => {
  expect(growthOf([500, 500, 100, 100, 105, 105])).toBeCloseTo(0.05)
  expect(growthOf([1, 1, 1, 100, 100, 100, 90, 90, 90])).toBeCloseTo(-0.1)
})
