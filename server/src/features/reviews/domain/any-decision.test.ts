import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createRoster, reviewPolicies, type ReviewPolicy } from '../../../shared/roster.ts'
import { decisionCases, type DecisionCase } from '../../../testing/arbitrary-decision.ts'
import { setbacks } from './circumstances.ts'
import { decide } from './decide.ts'
import { decodeDecision, encodeDecision } from './decision-record.ts'
import { lookedAt, type Exclusion } from './decision.ts'
import { scoreOf } from './expertise/score.ts'
import { policies } from './policies/index.ts'
import { decideAgain, isSameDecision } from './replay.ts'
import { rankedIds } from './why-not.ts'

const RUNS = { numRuns: 300 }

type Member = { userId: string; isFree: boolean; isNewcomer: boolean; setback: number; exclusions: Exclusion[] }

/** Everybody in the team, looked at or not, with all that keeps them from this pull request. */
function membersOf({ team, request }: DecisionCase): Member[] {
  const { roster, openReviewsAt } = team
  return roster.members.map(({ userId, isActive }, position) => {
    const circumstance = request.circumstances?.at(position) ?? null
    const { hindrance = null, cap = null, isNewcomer = false, setback = 0 } = circumstance ?? {}
    const found: [boolean, Exclusion | null][] = [
      [!isActive, 'INACTIVE'],
      [userId === request.authorId, 'AUTHOR'],
      [userId === request.replacedId, 'REPLACED'],
      [request.keptIds.includes(userId), 'ALREADY_ASSIGNED'],
      [hindrance !== null, hindrance],
      [cap !== null && openReviewsAt(position) >= cap, 'AT_CAP'],
    ]
    const exclusions = found.filter(([applies]) => applies).map(([, exclusion]) => exclusion!)
    return { userId, isFree: exclusions.length === 0, isNewcomer, setback, exclusions }
  })
}

/** How many could get a seat with nobody but newcomers never on their own. */
function mostSeats(one: DecisionCase): number {
  const free = membersOf(one).filter(({ isFree }) => isFree)
  const ramped = free.filter(({ isNewcomer }) => !isNewcomer).length
  const { wanted, circumstances = null } = one.request
  const isAccompanied = circumstances === null || circumstances.isAccompanied
  if (!isAccompanied && (wanted <= 1 || ramped === 0)) return Math.min(wanted, ramped)
  return Math.min(wanted, free.length)
}

function forAny(check: (one: DecisionCase, members: ReadonlyMap<string, Member>) => void): void {
  fc.assert(
    fc.property(decisionCases, (one) => {
      check(one, new Map(membersOf(one).map((member) => [member.userId, member])))
    }),
    RUNS,
  )
}

describe('any decision', () => {
  test('excludes everybody it looked at by one true code, or ranks them', () => {
    forAny(({ decision }, members) => {
      const ranked = new Set(rankedIds(decision))
      const looked = lookedAt(decision)

      expect(ranked.size).toBe(rankedIds(decision).length)
      expect(ranked.size).toBe(looked.filter(({ exclusion }) => exclusion === null).length)
      for (const { userId, exclusion } of looked) {
        const { exclusions, isFree, isNewcomer } = members.get(userId)!

        expect(ranked.has(userId)).toBe(exclusion === null)
        expect(exclusion === null || exclusion === 'NEWCOMER_ALONE').toBe(isFree)
        if (exclusion === 'NEWCOMER_ALONE') expect(isNewcomer).toBeTrue()
        else if (exclusion !== null) expect<Exclusion>(exclusion).toBe(exclusions[0]!)
      }
    })
  })

  test('gives every candidate a finite score, where it knows of them', () => {
    forAny(({ decision }) => {
      const { knowledge } = decision
      if (knowledge === null) return
      expect(knowledge.facts).toHaveLength(decision.people.length)
      expect(
        knowledge.facts.map((facts) => scoreOf(facts, knowledge.shares)).every((score) => Number.isFinite(score)),
      ).toBeTrue()
    })
  })

  test('ranks whoever has fewer setbacks first, and equals by the policy', () => {
    forAny(({ decision, team, request, seed }, members) => {
      const ranked = rankedIds(decision)
      const sums = ranked.map((userId) => members.get(userId)!.setback)
      expect(sums).toEqual(sums.toSorted((a, b) => a - b))

      const { people, openReviews, knowledge } = decision
      const hashes = people.map(
        ({ userId }) => team.roster.hashes[team.roster.members.findIndex((m) => m.userId === userId)]!,
      )
      for (const setback of new Set(sums)) {
        const group = ranked.filter((userId) => members.get(userId)!.setback === setback)
        const indexes = [...people.keys()].filter((index) => group.includes(people[index]!.userId))
        const taken = request.keptIds.length + sums.indexOf(setback)
        const isFirstOfSeveral = taken === 0 && request.wanted > 1
        const context = { seed, lastInRotation: decision.lastInRotation, isFirstOfSeveral }
        const byPolicy = policies[decision.policy].choose(
          { people, openReviews, hashes, knowledge },
          indexes,
          indexes.length,
          context,
        )

        expect(group).toEqual(byPolicy.map((index) => people[index]!.userId))
      }
    })
  })

  test('chooses nobody who may not review, nobody twice, and no newcomer alone', () => {
    forAny(({ decision, request }, members) => {
      const chosen = decision.assignedIds.map((userId) => members.get(userId)!)

      expect(chosen.filter(({ isFree }) => !isFree)).toEqual([])
      expect(new Set(decision.assignedIds).size).toBe(chosen.length)
      const isAlone = request.circumstances?.isAccompanied !== true
      if (isAlone && chosen.length > 0) expect(chosen.every(({ isNewcomer }) => isNewcomer)).toBeFalse()
    })
  })

  test('chooses as many as it can', () => {
    forAny((one) => {
      expect(one.decision.assignedIds).toHaveLength(mostSeats(one))
    })
  })

  test('passes over somebody with fewer setbacks only for whoever must not leave a newcomer alone', () => {
    forAny(({ decision, request }, members) => {
      const [first, ...others] = decision.assignedIds.map((userId) => members.get(userId)!)
      const left = [...members.values()].filter((one) => one.isFree && !decision.assignedIds.includes(one.userId))
      const isAccompanied = request.circumstances?.isAccompanied ?? true
      const rivals = isAccompanied ? left : left.filter(({ isNewcomer }) => !isNewcomer)
      if (first !== undefined) expect(rivals.filter(({ setback }) => setback < first.setback)).toEqual([])
      for (const other of others) expect(left.filter(({ setback }) => setback < other.setback)).toEqual([])
    })
  })

  test('in a large team looks at few, none of them twice', () => {
    forAny(({ decision, team }) => {
      const ids = decision.people.map(({ userId }) => userId)

      expect(new Set(ids).size).toBe(ids.length)
      if (team.roster.members.length <= 64) expect(ids).toHaveLength(team.roster.members.length)
      else expect(ids.length).toBeLessThanOrEqual(decision.knowledge === null ? 65 : 21)
    })
  })
})

describe('made again from its record, any decision is the same, bit for bit,', () => {
  async function forAnyStored(check: (one: DecisionCase, stored: DecisionCase['decision']) => void): Promise<void> {
    await fc.assert(
      fc.asyncProperty(decisionCases, async (one) => {
        const { members } = one.team.roster
        check(one, await decodeDecision(JSON.parse(encodeDecision(one.decision)), () => Promise.resolve(members)))
      }),
      RUNS,
    )
  }

  test('from the roster of that version', async () => {
    await forAnyStored(({ decision, team }, stored) => {
      expect(stored).toEqual(decision)
      expect(decideAgain(stored, team.roster.members)).toEqual(decision)
      expect(isSameDecision(decideAgain(stored, team.roster.members), decision)).toBeTrue()
    })
  })

  test('from the people it looked at alone', async () => {
    await forAnyStored(({ decision }, stored) => {
      expect(decideAgain(stored)).toEqual(decision)
      expect(isSameDecision(decideAgain(stored), decision)).toBeTrue()
    })
  })
})

describe('in a large team where newcomers have fewer setbacks than anybody else', () => {
  const members = Array.from({ length: 90 }, (_, index) => ({ userId: `u${index + 10}`, isActive: true }))
  const openReviews = members.map((_, position) => (position === 87 ? 0 : 1))
  const circumstances = {
    isAccompanied: false,
    at: (position: number) => ({
      hindrance: null,
      cap: null,
      setback: position < 80 ? 0 : setbacks.OFF_HOURS,
      isNewcomer: position < 80,
    }),
  }

  function choose(policy: ReviewPolicy, wanted: number, seed = 1): string[] {
    const roster = createRoster({ teamName: 'team', version: 1, policy, members })
    const team = { roster, openReviewsAt: (position: number) => openReviews[position]!, lastInRotation: null }
    const request = { kind: 'create', authorId: 'x', wanted, keptIds: [], replacedId: null, circumstances } as const
    return [...decide(team, request, seed).assignedIds]
  }

  test.each([...reviewPolicies])('%s finds somebody to review beside one of them', (policy) => {
    const [first, second] = choose(policy, 2).map((userId) => Number(userId.slice(1)) - 10)

    expect(first).toBeGreaterThanOrEqual(80)
    expect(second).toBeLessThan(80)
  })

  test('the only seat goes to the best of all others', () => {
    for (let seed = 1; seed <= 20; seed++) expect(choose('least-loaded', 1, seed)).toEqual(['u97'])
    expect(choose('round-robin', 1)).toEqual(['u90'])
  })
})
