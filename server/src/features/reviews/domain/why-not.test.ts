import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createRoster, reviewPolicies, type RosterMember } from '../../../shared/roster.ts'
import { decide, type TeamState } from './decide.ts'
import { lookedAt, type Decision } from './decision.ts'
import { decideAgain } from './replay.ts'
import { rankedIds, whyNot, type Standing, type WhyNotReason } from './why-not.ts'
import { applyChanges } from './why-not/change.ts'

const STRANGER = 'stranger'

/** Any decision about a team, made by `decide`, small teams as often as those it looks at only a part of. */
const cases = fc
  .record({
    flags: fc.oneof(fc.array(fc.boolean(), { maxLength: 8 }), fc.array(fc.boolean(), { minLength: 65, maxLength: 90 })),
    loads: fc.array(fc.nat(3), { minLength: 90, maxLength: 90 }),
    policy: fc.constantFrom(...reviewPolicies),
    kind: fc.constantFrom('create' as const, 'reassign' as const, 'hand-over' as const),
    wanted: fc.nat(2),
    author: fc.nat(99),
    kept: fc.option(fc.nat(99)),
    replaced: fc.option(fc.nat(99)),
    last: fc.option(fc.nat(99)),
    seed: fc.nat(2 ** 32 - 1),
  })
  .map(({ flags, loads, policy, kind, wanted, seed, ...people }) => {
    const members = flags.map((isActive, index) => ({ userId: idAt(index), isActive }))
    const pick = (index: number | null) =>
      index === null ? null : (members[index % (members.length + 1)]?.userId ?? 'outsider')
    const team: TeamState = {
      roster: createRoster({ teamName: 'team', version: 4, policy, reviewersWanted: wanted, members }),
      openReviewsAt: (position) => loads[position]!,
      lastInRotation: pick(people.last),
    }
    const keptIds = people.kept === null ? [] : [pick(people.kept)!]
    const request = { kind, authorId: pick(people.author)!, wanted, keptIds, replacedId: pick(people.replaced) }
    return { members, decision: decide(team, request, seed) }
  })

function idAt(index: number): string {
  return `u${String(index).padStart(2, '0')}`
}

/** Everybody one may ask about: each member, somebody from elsewhere, and a stranger. */
function everybody(members: readonly RosterMember[]): [userId: string, standing: Standing][] {
  return [
    ...members.map(({ userId, isActive }): [string, Standing] => [userId, isActive ? 'active' : 'inactive']),
    ['outsider', 'gone'],
    [STRANGER, 'gone'],
  ]
}

function expectedReason(decision: Decision, userId: string, standing: Standing): WhyNotReason {
  if (decision.assignedIds.includes(userId)) return 'CHOSEN'
  if (standing === 'gone') return 'NOT_IN_TEAM'
  if (standing === 'inactive') return 'INACTIVE'
  if (decision.authorId === userId) return 'AUTHOR'
  if (decision.replacedId === userId) return 'REPLACED'
  if (decision.keptIds.includes(userId)) return 'ALREADY_ASSIGNED'
  if (!decision.people.some((looked) => looked.userId === userId)) return 'NOT_LOOKED_AT'
  return decision.wanted === 0 ? 'NONE_WANTED' : 'RANKED_LOWER'
}

function isChosenAfter(decision: Decision, userId: string, flip: ReturnType<typeof whyNot>['flip']): boolean {
  return decideAgain(applyChanges(decision, userId, flip)).assignedIds.includes(userId)
}

function forEverybody(check: (decision: Decision, userId: string, standing: Standing) => void): void {
  fc.assert(
    fc.property(cases, ({ members, decision }) => {
      for (const [userId, standing] of everybody(members)) check(decision, userId, standing)
    }),
    { numRuns: 150 },
  )
}

describe('for every decision and everybody', () => {
  test('there is one reason, and it is the true one', () => {
    forEverybody((decision, userId, standing) => {
      expect(whyNot(decision, userId, standing).reason).toBe(expectedReason(decision, userId, standing))
    })
  })

  test('the flip, applied and decided again, chooses them; whoever was chosen needs none', () => {
    forEverybody((decision, userId, standing) => {
      const { reason, flip } = whyNot(decision, userId, standing)

      expect(flip.length === 0).toBe(reason === 'CHOSEN')
      expect(isChosenAfter(decision, userId, flip)).toBeTrue()
    })
  })

  test('no change of a flip can be left out, for whoever was looked at', () => {
    forEverybody((decision, userId, standing) => {
      if (!decision.people.some((looked) => looked.userId === userId)) return
      const { flip } = whyNot(decision, userId, standing)
      const superfluous = flip.filter((change) =>
        isChosenAfter(
          decision,
          userId,
          flip.filter((other) => other !== change),
        ),
      )

      expect(superfluous).toEqual([])
    })
  })

  test('no fact is in a flip twice, and whoever is put among the candidates is there once', () => {
    forEverybody((decision, userId, standing) => {
      const { flip } = whyNot(decision, userId, standing)
      const changed = applyChanges(decision, userId, flip)

      expect(new Set(flip.map(({ fact }) => fact)).size).toBe(flip.length)
      expect(changed.people.filter((looked) => looked.userId === userId)).toHaveLength(1)
    })
  })

  test('the rank is told of just those who were ranked', () => {
    forEverybody((decision, userId, standing) => {
      const { rank } = whyNot(decision, userId, standing)

      expect(rank === null ? undefined : rankedIds(decision)[rank - 1]).toBe(rank === null ? undefined : userId)
      expect(rank !== null).toBe(lookedAt(decision).some((p) => p.userId === userId && p.exclusion === null))
    })
  })

  test('the number of open reviews in a flip is the largest that works', () => {
    forEverybody((decision, userId, standing) => {
      const { flip } = whyNot(decision, userId, standing)
      if (flip.some(({ fact }) => fact === 'seed')) return
      const withOneMore = flip.map((change) =>
        change.fact === 'open_reviews' ? { ...change, to: change.to + 1 } : change,
      )

      const statesLoad = flip.some(({ fact }) => fact === 'open_reviews')
      expect(statesLoad && isChosenAfter(decision, userId, withOneMore)).toBeFalse()
    })
  })
})

describe('by example', () => {
  const members = ['ada', 'bob', 'cleo', 'dan'].map((userId) => ({ userId, isActive: true }))
  const loads = new Map([
    ['bob', 1],
    ['cleo', 2],
    ['dan', 5],
  ])

  function decisionOf(policy: (typeof reviewPolicies)[number], lastInRotation: string | null = null): Decision {
    const roster = createRoster({ teamName: 'team', version: 1, policy, reviewersWanted: 1, members })
    return decide(
      { roster, openReviewsAt: (position) => loads.get(members[position]!.userId) ?? 0, lastInRotation },
      { kind: 'create', authorId: 'ada', wanted: 1, keptIds: [], replacedId: null },
      1,
    )
  }

  test('somebody with too many open reviews is told how few would do', () => {
    const { reason, rank, flip } = whyNot(decisionOf('least-loaded'), 'dan', 'active')

    expect({ reason, rank }).toEqual({ reason: 'RANKED_LOWER', rank: 3 })
    expect(flip[0]).toMatchObject({ fact: 'open_reviews', from: 5 })
    expect([0, 1]).toContain(flip[0]!.to as number)
  })

  test('somebody whose turn it was not is told whose turn should have come before', () => {
    expect(whyNot(decisionOf('round-robin', 'ada'), 'dan', 'active')).toEqual({
      reason: 'RANKED_LOWER',
      rank: 3,
      flip: [{ fact: 'last_in_rotation', from: 'ada', to: 'cleo' }],
    })
  })

  test('somebody the draw passed over is told of a draw that would not have', () => {
    const decision = decisionOf('random')
    const passedOver = members.find(({ userId }) => userId !== 'ada' && !decision.assignedIds.includes(userId))!

    expect(whyNot(decision, passedOver.userId, 'active').flip).toEqual([
      { fact: 'seed', from: 1, to: expect.any(Number) },
    ])
  })

  test('an undo gave the review back and asked nobody', () => {
    const restored: Decision = {
      ...decisionOf('random'),
      kind: 'restore',
      people: [],
      openReviews: [],
      assignedIds: ['bob'],
    }

    expect(whyNot(restored, 'cleo', 'active')).toEqual({ reason: 'RESTORED', rank: null, flip: [] })
    expect(whyNot(restored, 'bob', 'active').reason).toBe('CHOSEN')
  })
})
