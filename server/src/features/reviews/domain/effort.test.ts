import { expect, test } from 'bun:test'
import { effortOf } from './effort.ts'
import { effortOfFiles } from './pull-request.ts'

test.each([
  [null, 1],
  [0, 0.5],
  [25, 0.5],
  [100, 1],
  [400, 2],
  [2500, 5],
  [1_000_000, 5],
])('a change of %p lines takes %p times the usual effort', (lines, effort) => {
  expect(effortOf(lines)).toBe(effort)
})

test('of the lines of files only those that were given count; without any the effort is usual', () => {
  expect(effortOfFiles(undefined)).toBe(1)
  expect(effortOfFiles([])).toBe(1)
  expect(effortOfFiles([['image.png', null, null]])).toBe(1)
  const files = [
    ['a.ts', 300, null],
    ['b.ts', null, 100],
    ['image.png', null, null],
  ] as const
  expect(effortOfFiles(files)).toBe(2)
})
