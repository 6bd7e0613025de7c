import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { compareIds } from '../../../shared/ids.ts'
import { createRoster, type MemberTraits, type RampLevel, type Roster } from '../../../shared/roster.ts'
import { circumstancesOf } from './circumstances.ts'
import { isAtRisk, hasShadows, isWithinBudget, shadowFor, type ShadowUse } from './shadow.ts'

const NOW_MS = 1000
const levels = { ada: 'ramped', bob: 'shadow', cleo: 'shadow', dan: 'newcomer' } as const

function rosterOf(more: Partial<Record<string, Partial<MemberTraits>>> = {}, inactiveIds: string[] = []): Roster {
  const traitsOf = (userId: string, level: RampLevel): MemberTraits => ({
    level,
    mentorId: null,
    maxOpenReviews: null,
    isNeverAssigned: false,
    neverAuthorIds: [],
    workingHours: null,
    absences: [],
    ...more[userId],
  })
  return createRoster({
    teamName: 'team',
    version: 1,
    members: Object.keys(levels).map((userId) => ({ userId, isActive: !inactiveIds.includes(userId) })),
    traits: new Map(Object.entries(levels).map(([userId, level]) => [userId, traitsOf(userId, level)])),
  })
}

/** Whom a hundred different seeds choose. */
function shadowsOf(roster: Roster, takenIds: readonly string[] = []): (string | null)[] {
  const situation = { authorId: 'ada', atMs: NOW_MS, keptIds: [], isOwner: null, lastChosenIds: [] }
  const circumstances = circumstancesOf(roster, situation)
  const chosen = Array.from({ length: 100 }, (_, seed) => shadowFor(roster, circumstances, takenIds, seed))
  return [...new Set(chosen)].toSorted((a, b) => compareIds(a ?? '', b ?? ''))
}

describe('the shadow of a pull request', () => {
  test('is any of those who are shadows, drawn by the seed', () => {
    expect(shadowsOf(rosterOf())).toEqual(['bob', 'cleo'])
  })

  test('is nobody who is away, inactive, never assigned, or has to do with it already', () => {
    const absences = [{ startsMs: 0, endsMs: NOW_MS + 1 }]

    expect(shadowsOf(rosterOf({ bob: { absences } }))).toEqual(['cleo'])
    expect(shadowsOf(rosterOf({ bob: { neverAuthorIds: ['ada'] } }))).toEqual(['cleo'])
    expect(shadowsOf(rosterOf({}, ['bob']))).toEqual(['cleo'])
    expect(shadowsOf(rosterOf(), ['bob'])).toEqual(['cleo'])
    expect(shadowsOf(rosterOf(), ['bob', 'cleo'])).toEqual([null])
  })
})

test('a team without shadows or without a budget has none', () => {
  expect(hasShadows(rosterOf())).toBeTrue()
  expect(hasShadows({ ...rosterOf(), shadowBudget: 0 })).toBeFalse()
  const none = new Map([['ada', rosterOf().traits.get('ada')!]])
  expect(hasShadows({ ...rosterOf(), traits: none })).toBeFalse()
})

test('files are at risk that somebody knows well, and at most one of the team', () => {
  const counts: Record<string, Record<string, number>> = {
    'one.ts': { ada: 3 },
    'two.ts': { ada: 3, bob: 0.25 },
    'nearly-two.ts': { ada: 3, bob: 0.2 },
    'left.ts': { gone: 5, 'gone-too': 2 },
    'left-but-one.ts': { gone: 5, bob: 1 },
    'faint.ts': { ada: 0.1 },
  }
  const knowersOf = (path: string) => Object.entries(counts[path] ?? {}).map(([userId, count]) => ({ userId, count }))
  const paths = [...Object.keys(counts), 'new.ts']
  const atRisk = paths.filter((path) => isAtRisk(knowersOf(path), new Set(['ada', 'bob'])))

  expect(atRisk).toEqual(['one.ts', 'nearly-two.ts', 'left.ts', 'left-but-one.ts'])
})

test('the budget is never passed, and used up as soon as it allows', () => {
  const budgets = fc.oneof(fc.constantFrom(0, 0.02, 0.1, 1 / 3, 1), fc.double({ min: 0, max: 1, noNaN: true }))
  const wishes = fc.array(fc.boolean(), { minLength: 500, maxLength: 1500, size: 'max' })
  fc.assert(
    fc.property(budgets, wishes, (budget, wanted) => {
      let use: ShadowUse = { pullRequests: 0, shadowed: 0 }
      for (const isWanted of wanted) {
        const isGiven = isWanted && isWithinBudget(use, budget)
        const share = (use.shadowed + 1) / (use.pullRequests + 1)
        if (isWanted && !isGiven) expect(share).toBeGreaterThan(budget * (1 - 1e-9))
        use = { pullRequests: use.pullRequests + 1, shadowed: use.shadowed + Number(isGiven) }

        expect(use.shadowed).toBeLessThanOrEqual(budget * use.pullRequests)
      }
    }),
  )
})
