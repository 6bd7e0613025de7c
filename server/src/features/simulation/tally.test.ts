import { expect, test } from 'bun:test'
import type { PastChange } from './ranker.ts'
import { Tally } from './tally.ts'

function nobodyKnown(): null {
  return null
}

function changeOf(reviewerIds: readonly string[], landedMs = Date.UTC(2020, 1, 1)): PastChange {
  return { id: 'pr', authorId: 'ada', reviewerIds, files: [], renames: [], deleted: [], openedMs: landedMs, landedMs }
}

function ask(tally: Tally, change: PastChange, ranked: readonly string[], tookMs = 0): void {
  tally.ask({ change, askedMs: change.openedMs, candidates: 10, ranked, tookMs })
}

test('a hit is any actual reviewer among the first', () => {
  const tally = new Tally('rule', nobodyKnown)
  ask(tally, changeOf(['bob']), ['bob', 'cleo'], 2)
  ask(tally, changeOf(['dan', 'bob']), ['cleo', 'eve', 'bob'], 4)
  ask(tally, changeOf(['bob']), ['cleo', 'eve', 'dan', 'fay', 'gil', 'bob'])
  ask(tally, changeOf(['bob']), [])

  expect(tally.measures()).toMatchObject({
    hitAt1: 1 / 4,
    hitAt3: 2 / 4,
    hitAt5: 2 / 4,
    mrr: (1 + 1 / 3 + 1 / 6) / 4,
    msPerDecision: 1.5,
  })
})

test('reviews are spread over all who reviewed or were named, by quarter, where there is enough to tell', () => {
  const tally = new Tally('rule', nobodyKnown)
  for (let index = 0; index < 40; index++) ask(tally, changeOf([index % 2 === 0 ? 'bob' : 'cleo']), ['bob', 'cleo'])
  // Too few for a quarter of their own.
  for (let index = 0; index < 39; index++) ask(tally, changeOf(['cleo'], Date.UTC(2020, 4, 1)), ['cleo'])

  // 40 reviews for one of two people.
  expect(tally.measures()).toMatchObject({
    gini: 0.5,
    topFifthShare: 1,
    quarters: [
      { quarter: '2020-Q1', changes: 40, gini: 0.5, topFifthShare: 1 },
      { quarter: '2020-Q2', changes: 39, gini: null, topFifthShare: null },
    ],
  })
})

test('what is filled is the part of the reviewers wanted for whom there was somebody', () => {
  const tally = new Tally('rule', nobodyKnown)
  ask(tally, changeOf(['bob', 'cleo']), ['dan'])
  ask(tally, changeOf(['bob']), ['dan', 'eve', 'fay'])
  ask(tally, changeOf(['bob']), [])

  expect(tally.measures().fillRate).toBe(2 / 4)
})

test('of nothing there are no measures', () => {
  const { name, quarters, ...figures } = new Tally('rule', nobodyKnown).measures()

  expect([name, quarters]).toEqual(['rule', []])
  expect(Object.values(figures).every((figure) => figure === null)).toBeTrue()
})
