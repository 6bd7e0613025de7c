import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createRoster } from '../../../shared/roster.ts'
import { planHandOver, type OpenPullRequest } from './plan-hand-over.ts'
import { decideAgain } from './replay.ts'

type Team = { stayingIds: string[]; leavingIds: string[]; outsiderIds: string[] }
type Case = Team & { loads: Map<string, number>; pullRequests: OpenPullRequest[] }

/** Teams of which some leave, with pull requests reviewed by them, by those who stay and by people of other teams. */
const cases: fc.Arbitrary<Case> = fc
  .record({ staying: fc.oneof(fc.nat(4), fc.nat(40)), leaving: fc.integer({ min: 1, max: 5 }) })
  .chain(({ staying, leaving }) => {
    const stayingIds = Array.from({ length: staying }, (_, index) => `s${index}`)
    const leavingIds = Array.from({ length: leaving }, (_, index) => `l${index}`)
    const outsiderIds = ['o0', 'o1']
    const anybody = fc.constantFrom(...leavingIds, ...stayingIds, ...outsiderIds)
    const reviewed = fc
      .record({ authorId: anybody, reviewerIds: fc.uniqueArray(anybody, { maxLength: 2 }) })
      .map(({ authorId, reviewerIds }) => ({ authorId, reviewerIds: reviewerIds.filter((id) => id !== authorId) }))
    return fc.record({
      stayingIds: fc.constant(stayingIds),
      leavingIds: fc.constant(leavingIds),
      outsiderIds: fc.constant(outsiderIds),
      loads: fc
        .array(fc.nat(6), { minLength: staying, maxLength: staying })
        .map((loads) => new Map(stayingIds.map((id, index) => [id, loads[index]!]))),
      pullRequests: fc
        .array(reviewed, { maxLength: 60, size: 'max' })
        .map((all) => all.map((one, index) => ({ pullRequestId: `pr-${index}`, ...one }))),
    })
  })

function planOf({ stayingIds, leavingIds, loads, pullRequests }: Case) {
  const members = [...leavingIds, ...stayingIds].map((userId) => ({ userId, isActive: userId.startsWith('s') }))
  const roster = createRoster({ teamName: 'team', version: 9, policy: 'round-robin', reviewersWanted: 2, members })
  return planHandOver(roster, (userId) => loads.get(userId) ?? 0, new Set(leavingIds), pullRequests)
}

/** The teammates who may take a slot of a pull request that has these reviewers at that moment. */
function eligibleFor({ stayingIds }: Team, { authorId }: OpenPullRequest, reviewerIds: readonly string[]): string[] {
  return stayingIds.filter((id) => id !== authorId && !reviewerIds.includes(id))
}

describe('for any team and any reviews', () => {
  test('each pull request of somebody who leaves is moved once, and no other', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const touched = one.pullRequests.filter(({ reviewerIds }) => reviewerIds.some((id) => id.startsWith('l')))

        expect(planOf(one).map(({ pullRequestId }) => pullRequestId)).toEqual(touched.map((pr) => pr.pullRequestId))
      }),
    )
  })

  test('nobody leaving keeps a review, nobody reviews twice or their own, and whoever stays keeps theirs', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const byId = new Map(one.pullRequests.map((pr) => [pr.pullRequestId, pr]))
        for (const { pullRequestId, before, after } of planOf(one)) {
          const { authorId, reviewerIds } = byId.get(pullRequestId)!

          expect(before).toEqual(reviewerIds)
          expect(after.filter((id) => id.startsWith('l') || id === authorId)).toEqual([])
          expect(new Set(after).size).toBe(after.length)
          expect(after.length).toBeLessThanOrEqual(before.length)
          expect(after).toEqual(expect.arrayContaining(before.filter((id) => !id.startsWith('l'))))
        }
      }),
    )
  })

  test('each review goes to a teammate than whom no other possible one has less, counting what was given before', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const loads = new Map(one.loads)
        const byId = new Map(one.pullRequests.map((pr) => [pr.pullRequestId, pr]))
        for (const { pullRequestId, before, handOvers } of planOf(one)) {
          let reviewers = [...before]
          for (const { fromId, toId } of handOvers) {
            const possible = eligibleFor(one, byId.get(pullRequestId)!, reviewers)
            const least = Math.min(...possible.map((id) => loads.get(id)!))
            if (toId !== null) {
              expect(possible).toContain(toId)
              expect(loads.get(toId)).toBe(least)
              loads.set(toId, least + 1)
            }
            reviewers = [...reviewers.filter((id) => id !== fromId), ...(toId === null ? [] : [toId])]
          }
        }
      }),
    )
  })

  test('afterwards nobody who was given a review is more than one above a teammate who could have taken all', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const moves = planOf(one)
        const given = new Map(one.loads)
        const takers = new Set<string>()
        for (const { toId } of moves.flatMap(({ handOvers }) => handOvers)) {
          if (toId === null) continue
          takers.add(toId)
          given.set(toId, given.get(toId)! + 1)
        }
        const barred = new Set(one.pullRequests.flatMap((pr) => [pr.authorId, ...pr.reviewerIds]))
        // Whoever got the first slot of a pull request could not take its second.
        for (const { handOvers } of moves) if (handOvers.length > 1) for (const h of handOvers) barred.add(h.toId ?? '')
        const free = one.stayingIds.filter((id) => !barred.has(id))

        const most = Math.max(...[...takers].map((id) => given.get(id)!))
        const least = Math.min(...free.map((id) => given.get(id)!))
        if (takers.size > 0) expect(most).toBeLessThanOrEqual(least + 1)
      }),
    )
  })

  test('a slot stays open just when no teammate could take it, and says why', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const byId = new Map(one.pullRequests.map((pr) => [pr.pullRequestId, pr]))
        for (const { pullRequestId, before, handOvers } of planOf(one)) {
          let reviewers = [...before]
          for (const { fromId, toId, reason } of handOvers) {
            const possible = eligibleFor(one, byId.get(pullRequestId)!, reviewers)
            const why = one.stayingIds.length === 0 ? 'NO_ACTIVE_TEAMMATE' : 'EVERY_TEAMMATE_EXCLUDED'

            expect(toId === null).toBe(possible.length === 0)
            expect(reason).toBe(toId === null ? why : null)
            reviewers = [...reviewers.filter((id) => id !== fromId), ...(toId === null ? [] : [toId])]
          }
        }
      }),
    )
  })

  test('the same facts give the same plan, whose decisions can be made again from their records', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const moves = planOf(one)

        expect(planOf(structuredClone(one))).toEqual(moves)
        for (const { decision } of moves.flatMap(({ handOvers }) => handOvers)) {
          expect(decideAgain(decision)).toEqual(decision)
        }
      }),
    )
  })
})

test('forty reviews of one who leaves are spread evenly over four with nothing to do', () => {
  const pullRequests = Array.from({ length: 40 }, (_, index) => ({
    pullRequestId: `pr-${index}`,
    authorId: 'o0',
    reviewerIds: ['l0'],
  }))
  const stayingIds = ['s0', 's1', 's2', 's3']
  const loads = new Map(stayingIds.map((id) => [id, 0]))
  const moves = planOf({ stayingIds, leavingIds: ['l0'], outsiderIds: [], loads, pullRequests })

  const given = Map.groupBy(moves, ({ after }) => after[0]!)
  expect(stayingIds.map((id) => given.get(id)?.length)).toEqual([10, 10, 10, 10])
})
