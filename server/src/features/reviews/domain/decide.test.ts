import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { compareIds } from '../../../shared/ids.ts'
import { createRoster, reviewPolicies, type ReviewPolicy, type RosterMember } from '../../../shared/roster.ts'
import { decide, type ReviewRequest, type TeamState } from './decide.ts'
import { lookedAt, type LookedAt } from './decision.ts'

type TeamShape = {
  policy: ReviewPolicy
  members: readonly RosterMember[]
  loads?: ReadonlyMap<string, number>
  lastInRotation?: string | null
}

function teamOf({ policy, members, loads = new Map(), lastInRotation = null }: TeamShape): TeamState {
  const sorted = members.toSorted((a, b) => compareIds(a.userId, b.userId))
  const roster = createRoster({ teamName: 'team', version: 3, policy, reviewersWanted: 2, members: sorted })
  return { roster, openReviewsAt: (position) => loads.get(sorted[position]!.userId) ?? 0, lastInRotation }
}

function activeMembers(count: number): RosterMember[] {
  return Array.from({ length: count }, (_, index) => ({ userId: `u${String(index).padStart(5, '0')}`, isActive: true }))
}

const LOOK_LIMIT = 64
const request: ReviewRequest = { kind: 'create', authorId: 'author', wanted: 1, keptIds: [], replacedId: null }
const seeds = fc.nat(2 ** 32 - 1)
const userIds = fc.string({ unit: 'binary', minLength: 1, maxLength: 6 })
const people = fc.uniqueArray(fc.record({ userId: userIds, isActive: fc.boolean(), load: fc.nat(4) }), {
  selector: ({ userId }) => userId,
  maxLength: 100,
  size: 'max',
})

/** Any team and any request, most of which name members of it. */
const cases = people.chain((all) => {
  const somebody = all.length === 0 ? userIds : fc.oneof(fc.constantFrom(...all.map((p) => p.userId)), userIds)
  return fc.record({
    team: fc.record({
      policy: fc.constantFrom(...reviewPolicies),
      members: fc.constant(all.map(({ userId, isActive }) => ({ userId, isActive }))),
      loads: fc.constant(new Map(all.map(({ userId, load }) => [userId, load]))),
      lastInRotation: fc.option(somebody),
    }),
    request: fc.record({
      kind: fc.constantFrom('create' as const, 'reassign' as const, 'hand-over' as const),
      authorId: somebody,
      wanted: fc.nat(2),
      keptIds: fc.uniqueArray(somebody, { maxLength: 2 }),
      replacedId: fc.option(somebody),
    }),
    seed: seeds,
  })
})

function mayReview({ authorId, keptIds, replacedId }: ReviewRequest, { userId, isActive }: RosterMember): boolean {
  return isActive && userId !== authorId && userId !== replacedId && !keptIds.includes(userId)
}

describe('any decision', () => {
  test('chooses only active members who are not the author, not kept and not replaced, and nobody twice', () => {
    fc.assert(
      fc.property(cases, ({ team, request: asked, seed }) => {
        const { assignedIds } = decide(teamOf(team), asked, seed)
        const allowed = new Set(team.members.filter((m) => mayReview(asked, m)).map(({ userId }) => userId))

        expect(assignedIds.filter((id) => !allowed.has(id))).toEqual([])
        expect(new Set(assignedIds).size).toBe(assignedIds.length)
      }),
    )
  })

  test('chooses as many as are wanted, or all who may review when they are fewer', () => {
    fc.assert(
      fc.property(cases, ({ team, request: asked, seed }) => {
        const eligible = team.members.filter((member) => mayReview(asked, member)).length

        expect(decide(teamOf(team), asked, seed).assignedIds).toHaveLength(Math.min(asked.wanted, eligible))
      }),
    )
  })

  test('gives everybody it looked at one exclusion just when they may not review', () => {
    fc.assert(
      fc.property(cases, ({ team, request: asked, seed }) => {
        const decision = decide(teamOf(team), asked, seed)
        const looked = lookedAt(decision)
        const members = new Map(team.members.map((member) => [member.userId, member]))

        expect(new Set(looked.map(({ userId }) => userId)).size).toBe(looked.length)
        for (const { userId, exclusion, openReviews } of looked) {
          expect(exclusion === null).toBe(mayReview(asked, members.get(userId)!))
          expect(openReviews).toBe(team.loads.get(userId)!)
        }
        expect(looked.map(({ userId }) => userId)).toEqual(expect.arrayContaining([...decision.assignedIds]))
        if (team.members.length <= LOOK_LIMIT) expect(looked).toHaveLength(team.members.length)
      }),
    )
  })

  test('records whose turn came last just where turns count', () => {
    fc.assert(
      fc.property(cases, ({ team, request: asked, seed }) => {
        const { lastInRotation } = decide(teamOf(team), asked, seed)

        expect(lastInRotation).toBe(team.policy === 'round-robin' ? team.lastInRotation : null)
      }),
    )
  })

  test('is the same for the same team, request and seed, whatever order maps and kept reviewers come in', () => {
    fc.assert(
      fc.property(cases, ({ team, request: asked, seed }) => {
        const decision = decide(teamOf(team), asked, seed)
        const otherOrder = { ...team, loads: new Map([...team.loads].toReversed()) }

        expect(decide(teamOf(structuredClone(team)), structuredClone(asked), seed)).toEqual(decision)
        const mixed = decide(teamOf(otherOrder), { ...asked, keptIds: asked.keptIds.toReversed() }, seed)
        expect(mixed).toEqual({ ...decision, keptIds: asked.keptIds.toReversed() })
      }),
    )
  })

  test('looks at no more than 64 people, in teams of up to 10,000', () => {
    const sizes = fc.integer({ min: LOOK_LIMIT + 1, max: 10_000 })
    fc.assert(
      fc.property(sizes, fc.constantFrom(...reviewPolicies), seeds, fc.nat(9_999), (size, policy, seed, author) => {
        const members = activeMembers(size)
        const authorId = members[author % size]!.userId
        const lastInRotation = members[seed % size]!.userId
        const decision = decide(teamOf({ policy, members, lastInRotation }), { ...request, authorId, wanted: 2 }, seed)

        expect(decision.people).toHaveLength(LOOK_LIMIT)
        expect(decision.rosterSize).toBe(size)
        expect(decision.assignedIds).toHaveLength(2)
      }),
      { numRuns: 40 },
    )
  })
})

test.each([
  ['INACTIVE', { userId: 'bob', isActive: false }, { authorId: 'bob' }],
  ['AUTHOR', { userId: 'bob', isActive: true }, { authorId: 'bob' }],
  ['REPLACED', { userId: 'bob', isActive: true }, { replacedId: 'bob' }],
  ['ALREADY_ASSIGNED', { userId: 'bob', isActive: true }, { keptIds: ['bob'] }],
] as const)('the exclusion %s is told', (exclusion, member, part) => {
  const decision = decide(teamOf({ policy: 'random', members: [member] }), { ...request, ...part }, 1)

  expect(lookedAt(decision)).toEqual([{ userId: 'bob', openReviews: 0, exclusion }])
  expect(decision.assignedIds).toEqual([])
})

test('least-loaded chooses nobody while somebody it could have chosen has fewer open reviews', () => {
  fc.assert(
    fc.property(cases, ({ team, request: asked, seed }) => {
      const decision = decide(teamOf({ ...team, policy: 'least-loaded' }), asked, seed)
      const isChosen = ({ userId }: LookedAt) => decision.assignedIds.includes(userId)
      const chosen = lookedAt(decision).filter(isChosen)
      const passedOver = lookedAt(decision).filter((one) => one.exclusion === null && !isChosen(one))

      const most = Math.max(...chosen.map(({ openReviews }) => openReviews))
      const least = Math.min(...passedOver.map(({ openReviews }) => openReviews))
      if (chosen.length > 0) expect(most).toBeLessThanOrEqual(least)
    }),
  )
})

/** Pearson's statistic; the critical values below are those for one chance in a thousand. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

test.each(['random', 'least-loaded'] as const)('%s among equals favours no person and no pair', (policy) => {
  const team = teamOf({ policy, members: activeMembers(10) })
  const people10 = new Map<string, number>()
  const pairs = new Map<string, number>()
  for (let seed = 0; seed < 9000; seed++) {
    const { assignedIds } = decide(team, { ...request, authorId: 'u00004', wanted: 2 }, seed)
    for (const id of assignedIds) people10.set(id, (people10.get(id) ?? 0) + 1)
    const pair = assignedIds.toSorted(compareIds).join()
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1)
  }

  expect(people10.size).toBe(9)
  expect(chiSquare([...people10.values()])).toBeLessThan(26.1)
  expect(pairs.size).toBe(36)
  expect(chiSquare([...pairs.values()])).toBeLessThan(66.7)
})

test('random in a team larger than the look favours nobody', () => {
  const team = teamOf({ policy: 'random', members: activeMembers(200) })
  const counts = new Map<string, number>()
  for (let seed = 0; seed < 10_000; seed++) {
    for (const id of decide(team, { ...request, wanted: 2 }, seed * 7919).assignedIds) {
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
  }

  expect(counts.size).toBe(200)
  expect(chiSquare([...counts.values()])).toBeLessThan(264.7)
})

describe('round-robin', () => {
  test('gives everybody one turn per round, for one or two reviewers and teams of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 150 }), fc.integer({ min: 1, max: 2 }), seeds, (size, wanted, seed) => {
        const members = activeMembers(size)
        let lastInRotation: string | null = null
        const turns: string[] = []
        while (turns.length < 3 * size) {
          const team = teamOf({ policy: 'round-robin', members, lastInRotation })
          turns.push(...decide(team, { ...request, wanted }, seed + turns.length).assignedIds)
          lastInRotation = turns.at(-1)!
        }

        for (let start = 0; start + size <= turns.length; start += size) {
          expect(new Set(turns.slice(start, start + size)).size).toBe(size)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('gives whoever stays one turn between two turns of another who stays, while others come and go', () => {
    const changes = fc.array(fc.array(fc.nat(99), { maxLength: 3 }), { minLength: 250, maxLength: 250 })
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 100 }), changes, (size, toggles) => {
        const everybody = activeMembers(100).map(({ userId }) => userId)
        // A tenth never leaves; of the others anybody may leave or join between two decisions.
        const staying = everybody.filter((_, index) => index % 10 === 0)
        const present = new Set([...everybody.slice(0, size), ...staying])
        let lastInRotation: string | null = null
        const turns: string[] = []
        for (const toggled of toggles) {
          const team = teamOf({
            policy: 'round-robin',
            members: [...present].map((userId) => ({ userId, isActive: true })),
            lastInRotation,
          })
          turns.push(...decide(team, request, 0).assignedIds)
          lastInRotation = turns.at(-1)!
          for (const id of toggled.map((index) => everybody[index]!).filter((one) => !staying.includes(one))) {
            if (!present.delete(id)) present.add(id)
          }
        }

        const round = turns.filter((id) => staying.includes(id))
        expect(round).toEqual(round.map((_, index) => staying[index % staying.length]!))
        expect(round.length).toBeGreaterThan(staying.length)
      }),
      { numRuns: 30 },
    )
  })

  test('passes over whoever cannot take a turn, and goes on from whoever took it', () => {
    const members = ['ada', 'bob', 'cleo', 'dan'].map((userId) => ({ userId, isActive: userId !== 'cleo' }))
    const choose = (lastInRotation: string | null, authorId: string) =>
      decide(teamOf({ policy: 'round-robin', members, lastInRotation }), { ...request, authorId }, 1).assignedIds

    expect(choose(null, 'x')).toEqual(['ada'])
    expect(choose('ada', 'x')).toEqual(['bob'])
    expect(choose('bob', 'x')).toEqual(['dan'])
    expect(choose('dan', 'ada')).toEqual(['bob'])
    expect(choose('cleo', 'x')).toEqual(['dan'])
    expect(choose('zoe', 'x')).toEqual(['ada'])
  })
  test('looks first at whoever comes next, and around the end of the team', () => {
    const lookAfter = (lastInRotation: string) =>
      decide(teamOf({ policy: 'round-robin', members: activeMembers(100), lastInRotation }), request, 1).people

    expect(lookAfter('u00009').at(0)?.userId).toBe('u00010')
    expect(lookAfter('u00009').at(-1)?.userId).toBe('u00073')
    expect(lookAfter('u00098').at(1)?.userId).toBe('u00000')
    expect(lookAfter('u00099').at(0)?.userId).toBe('u00000')
  })
})
