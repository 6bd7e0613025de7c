import { describe, expect, test } from 'bun:test'
import type { PastChange } from '../ranker.ts'
import { FilesAtRisk } from './files-at-risk.ts'
import { quarterOf } from './quarters.ts'
import { activityByQuarter } from './staying.ts'

const everybody = new Set(['ada', 'bob', 'cleo', 'dan'])

function landed(month: number, reviewerIds: readonly string[], more: Partial<PastChange> = {}): PastChange {
  const landedMs = Date.UTC(2020, month - 1, 15)
  return {
    id: `pr-${month}-${reviewerIds.join('-')}`,
    authorId: 'ada',
    reviewerIds,
    files: ['a.ts'],
    renames: [],
    deleted: [],
    openedMs: landedMs,
    landedMs,
    ...more,
  }
}

/** Asks about the last change, and sees time go by. */
function countsOf(changes: readonly PastChange[], ranked: readonly string[], staying = everybody): number[] {
  const files = new FilesAtRisk(() => staying)
  changes.forEach((change, index) => {
    if (index === changes.length - 1) files.ask(change, change.openedMs, ranked)
    files.land(change)
  })
  files.land(landed(12, [], { files: [] }))
  return [...files.counts().values()]
}

describe('a file is at risk', () => {
  test('when at most one of those who wrote or reviewed it stays', () => {
    expect(countsOf([landed(1, ['bob'])], ['bob'])[0]).toBe(0)
    expect(countsOf([landed(1, ['bob'])], ['bob'], new Set(['ada', 'cleo']))[0]).toBe(1)
    expect(countsOf([landed(1, ['bob'])], ['bob'], new Set(['cleo']))[0]).toBe(1)
  })

  test('or not, by whom the rule named in the place of who reviewed it', () => {
    const leavesBob = new Set(['ada', 'cleo'])

    expect(countsOf([landed(1, ['bob'])], ['cleo', 'bob'], leavesBob)[0]).toBe(0)
    // Named nobody: the review did not happen.
    expect(countsOf([landed(1, ['bob'])], [])[0]).toBe(1)
  })

  test('no less because the rule names somebody who reviewed it anyway', () => {
    // One of bob and cleo is replaced, by dan; the other one learns the file in any case.
    expect(countsOf([landed(1, ['bob', 'cleo'])], ['bob', 'cleo', 'dan'], new Set(['bob', 'cleo']))[0]).toBe(0)
    expect(countsOf([landed(1, ['bob', 'cleo'])], ['dan'], new Set(['bob', 'cleo']))[0]).toBe(1)
  })

  test('at the end of each quarter since the rule was first asked', () => {
    expect(countsOf([landed(1, []), landed(4, ['bob'])], ['bob'])).toEqual([0, 0])
  })

  test('under its new name, and no more once it is deleted', () => {
    const renamed = landed(2, ['cleo'], { files: [], renames: [['a.ts', 'b.ts']] })
    const deleted = landed(2, ['cleo'], { files: [], deleted: ['a.ts'] })
    const onlyCleo = new Set(['cleo'])

    expect(countsOf([landed(1, ['bob']), renamed], ['cleo'], onlyCleo)[0]).toBe(1)
    expect(countsOf([landed(1, ['bob']), deleted], ['cleo'], onlyCleo)[0]).toBe(0)
  })
})

test('who stays is who is active in a quarter that the history reaches the end of', () => {
  const activeIn = activityByQuarter([landed(1, ['bob']), landed(5, ['cleo'])])

  expect(activeIn(quarterOf(Date.UTC(2020, 0, 1)))).toEqual(new Set(['ada', 'bob']))
  expect(activeIn(quarterOf(Date.UTC(2019, 0, 1)))).toEqual(new Set())
  expect(activeIn(quarterOf(Date.UTC(2020, 3, 1)))).toBeNull()
})
