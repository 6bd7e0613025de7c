import { expect, test } from 'bun:test'
import type { PastChange } from './ranker.ts'
import { Tally } from './tally.ts'

function changeOf(reviewerIds: readonly string[], landedMs = Date.UTC(2020, 1, 1)): PastChange {
  return { id: 'pr', authorId: 'ada', reviewerIds, files: [], renames: [], deleted: [], openedMs: landedMs, landedMs }
}

test('a hit is any actual reviewer among the first', () => {
  const tally = new Tally('rule')
  tally.count(changeOf(['bob']), ['bob', 'cleo'], 2)
  tally.count(changeOf(['dan', 'bob']), ['cleo', 'eve', 'bob'], 4)
  tally.count(changeOf(['bob']), ['cleo', 'eve', 'dan', 'fay', 'gil', 'bob'], 0)
  tally.count(changeOf(['bob']), [], 0)

  expect(tally.measures()).toMatchObject({
    hitAt1: 1 / 4,
    hitAt3: 2 / 4,
    hitAt5: 2 / 4,
    mrr: (1 + 1 / 3 + 1 / 6) / 4,
    msPerDecision: 1.5,
  })
})

test('reviews are spread over all who reviewed or were named, by quarter, where there is enough to tell', () => {
  const tally = new Tally('rule')
  for (let index = 0; index < 40; index++) tally.count(changeOf([index % 2 === 0 ? 'bob' : 'cleo']), ['bob', 'cleo'], 0)
  // Too few for a quarter of their own.
  for (let index = 0; index < 39; index++) tally.count(changeOf(['cleo'], Date.UTC(2020, 4, 1)), ['cleo'], 0)

  // 40 reviews for one of two people.
  expect(tally.measures()).toMatchObject({ gini: 0.5, topFifthShare: 1 })
})

test('of nothing there are no measures', () => {
  expect(new Tally('rule').measures()).toEqual({
    name: 'rule',
    hitAt1: null,
    hitAt3: null,
    hitAt5: null,
    mrr: null,
    gini: null,
    topFifthShare: null,
    msPerDecision: null,
  })
})
