import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createRoster } from '../../../../shared/roster.ts'
import { ExpertiseIndex, type LandedChange } from './expertise-index.ts'
import { LocalExpertise } from './local-expertise.ts'
import { scoreOf, scoreParts } from './score.ts'

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
  const { worth } = index.columnsAt(START_MS + day * DAY_MS)
  const found: Record<string, number>[] = []
  for (let place = index.placeOf(path); place !== null; place = place.parent) {
    const { numbers, values } = place.counts
    found.push(Object.fromEntries(numbers.map((number, at) => [index.idOf(number), values[at]! * worth])))
  }
  return found
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

/** The score and its parts of everybody but the author. */
function scoresOf(index: ExpertiseIndex, authorId: string, files: readonly string[], atMs: number, loadWeight: number) {
  const members = people.map((userId) => ({ userId, isActive: true }))
  const roster = createRoster({ teamName: 'team', version: 1, members })
  const { factsAt, shares } = new LocalExpertise(index).knowledgeOf(roster, { authorId, files, atMs }, loadWeight)
  return people
    .map((userId, position) => ({ userId, facts: factsAt(position) }))
    .filter(({ userId }) => userId !== authorId)
    .map(({ userId, facts }) => ({ userId, facts, score: scoreOf(facts, shares), parts: scoreParts(facts, shares) }))
}

describe('for any history', () => {
  test('scores are finite, add up from their parts, and the parts of the files add up to one', () => {
    fc.assert(
      fc.property(histories, person, fc.array(path, { maxLength: 5 }), fc.nat(2), (history, authorId, files, load) => {
        const { index, endMs } = learnAll(history, 0)
        const scored = scoresOf(index, authorId, files, endMs, load)

        for (const { score, parts, facts } of scored) {
          expect(Number.isFinite(score)).toBeTrue()
          expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(score, 9)
          expect(parts.load).toBeLessThanOrEqual(0)
          expect(Object.values(facts).every((fact) => Number.isInteger(fact) && fact >= 0)).toBeTrue()
        }
        expect(scored.reduce((sum, { facts }) => sum + facts.path, 0)).toBeLessThanOrEqual(1_000_000 + people.length)
      }),
    )
  })

  test('centuries in the middle neither overflow nor lose who came after', () => {
    fc.assert(
      fc.property(histories, person, (history, authorId) => {
        const { index, endMs } = learnAll(history, 400)
        const scored = scoresOf(index, authorId, ['src/a.ts'], endMs, 1)

        expect(scored.every(({ score }) => Number.isFinite(score))).toBeTrue()
      }),
    )
  })

  test('the same history gives the same scores, bit for bit', () => {
    fc.assert(
      fc.property(histories, person, (history, authorId) => {
        const score = () => {
          const { index, endMs } = learnAll(history, 0)
          return scoresOf(index, authorId, ['src/a.ts', 'web/d.ts'], endMs, 0.5)
        }

        expect(score()).toEqual(score())
      }),
    )
  })

  test('the short list holds whoever has the highest scores of those who know the files or the author', () => {
    fc.assert(
      fc.property(histories, person, fc.array(path, { maxLength: 5 }), (history, authorId, files) => {
        const { index, endMs } = learnAll(history, 0)
        const members = people.map((userId) => ({ userId, isActive: true }))
        const roster = createRoster({ teamName: 'team', version: 1, members })
        const local = new LocalExpertise(index)
        local.assign([authorId, 'bob'], endMs, 2)
        const { factsAt, shares, best } = local.knowledgeOf(roster, { authorId, files, atMs: endMs }, 1)
        const scores = people.map((_, position) => scoreOf(factsAt(position), shares))
        const listed = best([...people.keys()], 2, shares, 7)
        const lowestListed = Math.min(...listed.map((position) => scores[position]!))

        expect(listed).toHaveLength(2)
        for (const position of people.keys()) {
          const { path: known, affinity } = factsAt(position)
          if (listed.includes(position) || known + affinity === 0) continue
          expect(scores[position]!).toBeLessThanOrEqual(lowestListed)
        }
      }),
    )
  })

  test('of equals each is as likely on the short list as another', () => {
    const members = Array.from({ length: 200 }, (_, number) => ({ userId: `u${number}`, isActive: true }))
    const roster = createRoster({ teamName: 'team', version: 1, members })
    const local = new LocalExpertise()
    const { shares, best } = local.knowledgeOf(roster, { authorId: 'u0', files: ['new.ts'], atMs: START_MS }, 1)
    const all = [...members.keys()]
    const listed = Array.from({ length: 400 }, (_, seed) => best(all, 10, shares, seed)).flat()
    const times = all.map((position) => listed.filter((each) => each === position).length)

    expect(listed).toHaveLength(4000)
    expect(Math.min(...times)).toBeGreaterThan(2)
    expect(Math.max(...times)).toBeLessThan(50)
  })
})

test('never remembers more places than it may, and keeps those where most is known', () => {
  const index = new ExpertiseIndex(50)
  for (let change = 0; change < 300; change++) {
    index.learn(landed({ day: change / 10, files: ['src/often.ts', `src/once-${change}.ts`] }))
    expect(index.size.places).toBeLessThanOrEqual(50)
  }

  expect(Object.keys(countsOf(index, 'src/often.ts', 30)[0]!)).toEqual(['ada', 'bob'])
})

test('whoever was given much lately is behind whoever was not, and taking it back undoes that', () => {
  const local = new LocalExpertise()
  local.learn(landed({ day: 0, reviewerIds: ['bob', 'cleo'] }))
  const members = people.map((userId) => ({ userId, isActive: true }))
  const roster = createRoster({ teamName: 'team', version: 1, members })
  function seen(day: number, userId: string) {
    const change = { authorId: 'ada', files: ['src/a.ts'], atMs: START_MS + day * DAY_MS }
    const { factsAt, shares } = local.knowledgeOf(roster, change, 1)
    const facts = factsAt(people.indexOf(userId))
    return { facts, score: scoreOf(facts, shares) }
  }
  const before = seen(1, 'bob').score
  local.assign(['bob'], START_MS + DAY_MS, 3)
  local.assign(['cleo'], START_MS + DAY_MS, 1)
  expect(seen(2, 'bob').facts.load).toBeGreaterThan(0)
  expect(seen(2, 'bob').score).toBeLessThan(seen(2, 'cleo').score)
  local.assign(['bob', 'bob', 'bob', 'bob'], START_MS + DAY_MS, -1)

  expect(seen(1, 'bob').score).toBeCloseTo(before, 9)
})
