import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decisionCases, type DecisionCase } from '../../../testing/arbitrary-decision.ts'
import { lookedAt, type Decision } from './decision.ts'
import { decideAgain } from './replay.ts'
import { whyNot, type Standing, type WhyNot, type WhyNotReason } from './why-not.ts'
import { applyChanges, type Change } from './why-not/change.ts'

/** Each asks about up to 92 people; a failure is told by its seed, because to shrink it takes long. */
const RUNS = { numRuns: 60, endOnFailure: true }

type Asked = { decision: Decision; userId: string; standing: Standing; answer: WhyNot }

/** Asks about each member, about whoever is named without being one, and about a stranger. */
function forEverybody(check: (asked: Asked) => void): void {
  fc.assert(
    fc.property(decisionCases, ({ team, decision }: DecisionCase) => {
      const people: [string, Standing][] = [
        ...team.roster.members.map(({ userId, isActive }): [string, Standing] => [
          userId,
          isActive ? 'active' : 'inactive',
        ]),
        ['outsider', 'gone'],
        ['stranger', 'gone'],
      ]
      for (const [userId, standing] of people) {
        check({ decision, userId, standing, answer: whyNot(decision, userId, standing) })
      }
    }),
    RUNS,
  )
}

function isChosenAfter({ decision, userId }: Asked, flip: readonly Change[]): boolean {
  return decideAgain(applyChanges(decision, userId, flip)).assignedIds.includes(userId)
}

function lookedAtBy({ decision, userId }: Asked) {
  return lookedAt(decision).find((looked) => looked.userId === userId)
}

function expectedReason(asked: Asked): WhyNotReason {
  const { decision, userId, standing } = asked
  const looked = lookedAtBy(asked)
  if (decision.assignedIds.includes(userId)) return 'CHOSEN'
  if (standing === 'gone') return 'NOT_IN_TEAM'
  if (standing === 'inactive') return 'INACTIVE'
  if (decision.authorId === userId) return 'AUTHOR'
  if (decision.replacedId === userId) return 'REPLACED'
  if (decision.keptIds.includes(userId)) return 'ALREADY_ASSIGNED'
  if (looked === undefined) return 'NOT_LOOKED_AT'
  if (decision.wanted === 0) return 'NONE_WANTED'
  return looked.exclusion ?? 'RANKED_LOWER'
}

describe('for any decision and everybody', () => {
  test('there is one reason, and it is the true one', () => {
    forEverybody((asked) => {
      expect(asked.answer.reason).toBe(expectedReason(asked))
    })
  })

  test('the flip, applied and decided again, chooses them; whoever was chosen needs none', () => {
    forEverybody((asked) => {
      const { reason, flip } = asked.answer

      expect(flip.length === 0).toBe(reason === 'CHOSEN')
      expect(isChosenAfter(asked, flip)).toBeTrue()
    })
  })

  test('no change of a flip can be left out, for whoever was looked at', () => {
    forEverybody((asked) => {
      if (lookedAtBy(asked) === undefined) return
      const { flip } = asked.answer
      const superfluous = flip.filter((change) =>
        isChosenAfter(
          asked,
          flip.filter((other) => other !== change),
        ),
      )

      expect(superfluous).toEqual([])
    })
  })

  test('no fact is in a flip twice, and none is changed to what it is', () => {
    forEverybody(({ answer: { flip } }) => {
      expect(new Set(flip.map(({ fact }) => fact)).size).toBe(flip.length)
      expect(flip.filter(({ from, to }) => from === to)).toEqual([])
    })
  })

  test('the figure in a flip that changes only one is the nearest that works', () => {
    forEverybody((asked) => {
      const { flip } = asked.answer
      const nearer = flip.map((change) => nearerBy(change))
      if (nearer.filter((change) => change !== null).length !== 1) return
      if (flip.some(({ fact }) => fact === 'seed')) return

      expect(
        isChosenAfter(
          asked,
          flip.map((change, index) => nearer[index] ?? change),
        ),
      ).toBeFalse()
    })
  })
})

/** The same change, one step less of it; null where it is not one of degree. */
function nearerBy(change: Change): Change | null {
  switch (change.fact) {
    case 'open_reviews':
      return { ...change, to: change.to + 1 }
    case 'load':
      return { ...change, to: change.to + 0.001 }
    case 'knows_files':
      return { ...change, to: change.to - 0.000001 }
    case 'reviewed_author':
      // Beyond what anybody reviews, a step is less than the last digit of a score.
      return change.to > 1000 ? null : { ...change, to: change.to - 0.001 }
    default:
      return null
  }
}
