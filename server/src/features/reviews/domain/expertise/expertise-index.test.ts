import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { ExpertiseIndex, type LandedChange } from './expertise-index.ts'
import { rankCandidates, scoreCandidates } from './score.ts'

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2020, 0, 1)

type Partly = Partial<LandedChange> & { day: number }

function landed({ day, ...rest }: Partly): LandedChange {
  const nothing = { authorId: 'ada', reviewerIds: ['bob'], files: ['src/a.ts'], renames: [], deleted: [] }
  return { ...nothing, ...rest, landedMs: START_MS + day * DAY_MS }
}

function indexOf(...changes: readonly Partly[]): ExpertiseIndex {
  const index = new ExpertiseIndex()
  for (const change of changes) index.learn(landed(change))
  return index
}

/** What each person's decayed count is at the file and at each directory above it. */
function countsOf(index: ExpertiseIndex, path: string, day: number): Record<string, number>[] {
  const worth = index.placeWorth(START_MS + day * DAY_MS)
  return index
    .placesOf(path)
    .map(({ counts }) => Object.fromEntries([...counts].map(([number, count]) => [index.idOf(number), count * worth])))
}

describe('what is known of a place', () => {
  test('counts author and reviewers once a change, in the file and in each directory above', () => {
    const index = indexOf({ day: 0, files: ['src/db/a.ts', 'src/db/b.ts'], reviewerIds: ['bob', 'cleo', 'bob'] })
    const once = { ada: 1, bob: 1, cleo: 1 }

    expect(countsOf(index, 'src/db/a.ts', 0)).toEqual([once, once, once, once])
    expect(countsOf(index, 'src/web/new.ts', 0)).toEqual([once, once])
  })

  test('halves in 90 days', () => {
    const [file] = countsOf(indexOf({ day: 0 }, { day: 90, reviewerIds: ['cleo'] }), 'src/a.ts', 180)

    expect(file).toEqual({ ada: 0.75, bob: 0.25, cleo: 0.5 })
  })

  test('goes along with a renamed file, joins what is known there, and is lost with a deleted one', () => {
    const index = indexOf(
      { day: 0, files: ['old.ts'] },
      { day: 0, files: ['new.ts'], reviewerIds: ['cleo'] },
      { day: 0, files: [], renames: [['old.ts', 'new.ts']] },
    )
    expect(countsOf(index, 'new.ts', 0)[0]).toEqual({ ada: 2, bob: 1, cleo: 1 })
    // The root alone is known.
    expect(countsOf(index, 'old.ts', 0)).toHaveLength(1)
    index.learn(landed({ day: 0, files: ['new.ts'], deleted: ['new.ts'] }))

    expect(countsOf(index, 'new.ts', 0)).toHaveLength(1)
  })

  test('is forgotten when it is worth nothing any more, and learned anew after that', () => {
    const index = indexOf({ day: 0, files: ['src/old/a.ts'] })
    for (let change = 0; change < 500; change++) index.learn(landed({ day: 1000, files: ['src/b.ts'] }))
    expect(countsOf(index, 'src/old/a.ts', 1000)).toHaveLength(2)
    index.learn(landed({ day: 1000, files: ['src/old/a.ts'] }))

    expect(countsOf(index, 'src/old/a.ts', 1000)[0]).toEqual({ ada: 1, bob: 1 })
    expect(index.size.places).toBe(5)
  })
})

const people = ['ada', 'bob', 'cleo', 'dan', 'eve']
const person = fc.constantFrom(...people)
const path = fc.constantFrom('a.ts', 'src/a.ts', 'src/b.ts', 'src/db/c.ts', 'web/d.ts')
const histories = fc.array(
  fc.record({
    authorId: person,
    reviewerIds: fc.uniqueArray(person, { maxLength: 3 }),
    files: fc.uniqueArray(path, { maxLength: 4 }),
    renames: fc.array(fc.tuple(path, path), { maxLength: 1 }),
    deleted: fc.array(path, { maxLength: 1 }),
    gapDays: fc.nat(30),
  }),
  { minLength: 1, maxLength: 40 },
)

type History = ReturnType<typeof histories.generate>['value']

function learnAll(history: History, years: number): { index: ExpertiseIndex; endMs: number } {
  const index = new ExpertiseIndex()
  let landedMs = START_MS
  history.forEach(({ gapDays, ...change }, position) => {
    landedMs += gapDays * DAY_MS
    // Far enough in the middle for stored values to be rebased.
    if (position === Math.floor(history.length / 2)) landedMs += years * 365 * DAY_MS
    index.learn({ ...change, landedMs })
  })
  return { index, endMs: landedMs + DAY_MS }
}

/** Of everybody the index knows but one. */
function numbersBut(index: ExpertiseIndex, id: string): number[] {
  return people.filter((one) => one !== id).flatMap((one) => index.numberOf(one) ?? [])
}

describe('for any history', () => {
  test('scores are finite, add up from their parts, and rank everybody once', () => {
    fc.assert(
      fc.property(histories, person, fc.array(path, { maxLength: 5 }), fc.nat(2), (history, authorId, files, load) => {
        const { index, endMs } = learnAll(history, 0)
        const candidates = numbersBut(index, authorId)
        const change = { authorId, files, openedMs: endMs }
        const scored = scoreCandidates(index, change, candidates, load)

        for (const { score, parts } of scored) {
          expect(Number.isFinite(score)).toBeTrue()
          expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(score, 9)
          expect(parts.load).toBeLessThanOrEqual(0)
        }
        const ranked = rankCandidates(index, change, candidates, load).map(({ userId }) => userId)
        expect(ranked.toSorted()).toEqual(candidates.map((number) => index.idOf(number)).toSorted())
      }),
    )
  })

  test('centuries in the middle neither overflow nor lose who came after', () => {
    fc.assert(
      fc.property(histories, person, (history, authorId) => {
        const { index, endMs } = learnAll(history, 400)
        const candidates = numbersBut(index, authorId)
        const scored = scoreCandidates(index, { authorId, files: ['src/a.ts'], openedMs: endMs }, candidates, 1)

        expect(scored.every(({ score }) => Number.isFinite(score))).toBeTrue()
      }),
    )
  })

  test('the same history gives the same ranking, bit for bit', () => {
    fc.assert(
      fc.property(histories, person, (history, authorId) => {
        const rank = () => {
          const { index, endMs } = learnAll(history, 0)
          const candidates = numbersBut(index, authorId)
          return rankCandidates(index, { authorId, files: ['src/a.ts', 'web/d.ts'], openedMs: endMs }, candidates, 0.5)
        }

        expect(rank()).toEqual(rank())
      }),
    )
  })
})
