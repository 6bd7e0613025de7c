import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { PastChange } from '../../ranker.ts'
import { revfinder } from '../revfinder.ts'
import { ReviewedPaths } from './reviewed-paths.ts'
import { commonOf } from './similarity.ts'

const DAY_MS = 86_400_000

function compare(a: string, b: string) {
  const numbers = new Map<string, number>()
  const numberOf = (component: string) => numbers.get(component) ?? numbers.set(component, numbers.size).size - 1
  const [first, second] = [a, b].map((path) => path.split('/').map(numberOf))
  return commonOf(first!, second!)
}

describe('two paths are compared by', () => {
  test.each([
    ['src/com/android/settings/LocationSettings.java', 'src/com/android/settings/Utils.java', [4, 0, 4, 4]],
    ['tests/src/com/android/Test.java', 'src/com/android/Test.java', [0, 4, 4, 4]],
    ['apps/CtsVerifier/src/com/android/cts', 'tests/tests/hardware/src/com/android/hardware', [0, 0, 3, 3]],
    ['apps/CtsVerifier/src/com/android/cts', 'apps/Other/src/more/android/cts', [1, 2, 2, 4]],
    ['a', 'b', [0, 0, 0, 0]],
  ])('prefix, suffix, substring and subsequence: %s and %s', (a, b, [prefix, suffix, substring, subsequence]) => {
    expect(compare(a, b)).toEqual({ prefix, suffix, substring, subsequence } as ReturnType<typeof commonOf>)
    expect(compare(b, a)).toEqual(compare(a, b))
  })
})

// Few names, so that files are named like folders, and like each other.
const path = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 5 })
  .map((components) => components.join('/'))
const files = fc.uniqueArray(path, { minLength: 1, maxLength: 4 })
const reviews = fc.array(fc.record({ files, reviewers: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 2 }) }), {
  maxLength: 12,
})

test('scores are those of comparing every path with every past path', () => {
  fc.assert(
    fc.property(reviews, files, fc.nat(5), (past, asked, forgotten) => {
      const paths = new ReviewedPaths()
      for (const review of past) paths.count(review.files, review.reviewers, 1)
      for (const review of past.slice(0, forgotten)) paths.count(review.files, review.reviewers, -1)
      const found = paths.scoresFor(asked, 4)

      expectClose(found, plainScores(past.slice(forgotten), asked))
    }),
    { numRuns: 500 },
  )
})

/** As the paper has it, but for the number of files of the change, by which all scores would be divided. */
function plainScores(past: readonly { files: string[]; reviewers: number[] }[], asked: readonly string[]): number[][] {
  const scores = [0, 1, 2, 3].map(() => [0, 0, 0, 0])
  for (const { files: reviewed, reviewers } of past) {
    for (const [a, b] of asked.flatMap((one) => reviewed.map((other) => [one, other] as const))) {
      const { prefix, suffix, substring, subsequence } = compare(a, b)
      const longest = Math.max(a.split('/').length, b.split('/').length)
      const similarities = [prefix, suffix, substring, subsequence].map((common) => common / longest / reviewed.length)
      similarities.forEach((similarity, index) => {
        for (const reviewer of reviewers) scores[index]![reviewer]! += similarity
      })
    }
  }
  return scores
}

/** Scores found are in units of 2^-30. */
function expectClose(found: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void {
  found.forEach((score, index) => {
    score.forEach((value, reviewer) => expect(value / 2 ** 30).toBeCloseTo(expected[index]![reviewer]!, 6))
  })
}

function landed(day: number, reviewerIds: readonly string[], changed: readonly string[]): PastChange {
  const landedMs = day * DAY_MS
  return {
    id: `pr-${day}`,
    authorId: 'ada',
    reviewerIds,
    files: changed,
    renames: [],
    deleted: [],
    openedMs: landedMs,
    landedMs,
  }
}

describe('the rankings', () => {
  function ask(day: number, changed: readonly string[]) {
    const ranker = revfinder()
    ranker.learn(landed(1, ['bob'], ['src/db/pool.ts']))
    ranker.learn(landed(2, ['cleo'], ['src/web/page.ts', 'src/web/style.css']))
    ranker.learn(landed(3, ['dan'], ['docs/guide.md']))
    const asked = { id: 'asked', authorId: 'ada', files: changed, lines: null, openedMs: day * DAY_MS, wanted: 1 }
    return ranker.rank(asked, ['bob', 'cleo', 'dan', 'eve'])
  }

  test('are put together by Borda count; who reviewed nothing alike is not named', () => {
    // Prefix, substring and subsequence: bob 2/3, cleo 1/3. Suffix: nobody. So bob gets 3 points by each, cleo 2.
    expect(ask(4, ['src/db/query.ts'])).toEqual(['bob', 'cleo'])
    // By the suffix, guide.md, dan alone scores.
    expect(ask(4, ['src/guide.md'])[0]).toBe('dan')
    expect(ask(4, ['new.ts'])).toEqual([])
  })

  test('know nothing of what was reviewed more than a year ago', () => {
    expect(ask(366.5, ['src/db/query.ts'])).toEqual(['cleo'])
  })
})
