import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { changedFiles, pastChanges, steadyNumbers } from './source-tree.ts'

const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 })

test('a change has as many different files as asked for, of its team, and of two modules at most', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 0, max: 19 }), fc.integer({ min: 1, max: 20 }), (seed, team, count) => {
      const paths = changedFiles(team, count, steadyNumbers(seed)).map(({ path }) => path)

      expect(new Set(paths).size).toBe(count)
      expect(paths.every((path) => path.startsWith(`team-${team}/`))).toBe(true)
      expect(new Set(paths.map((path) => path.split('/')[2])).size).toBeWithin(1, 3)
    }),
  )
})

test('a history is told in the order of its time, and nobody reviews their own change', () => {
  const changes = pastChanges(300, 5, Date.UTC(2026, 0, 1), steadyNumbers(7))

  expect(changes.map(({ at }) => at)).toEqual(changes.map(({ at }) => at).toSorted())
  expect(changes.at(-1)!.at).toBe('2026-01-01T00:00:00.000Z')
  expect(new Set(changes.map(({ pr }) => pr)).size).toBe(300)
  for (const { author, reviewers } of changes) expect(new Set([author, ...reviewers]).size).toBe(3)
})

test('the numbers of a seed are the same each time and spread over their range', () => {
  const numbers = Array.from({ length: 1000 }, steadyNumbers(3).bind(null, 10))
  const again = Array.from({ length: 1000 }, steadyNumbers(3).bind(null, 10))

  expect(numbers).toEqual(again)
  expect(
    Math.min(...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((each) => numbers.filter((n) => n === each).length)),
  ).toBeGreaterThan(60)
})
