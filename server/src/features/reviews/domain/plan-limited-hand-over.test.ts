import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { compareIds } from '../../../shared/ids.ts'
import { createRoster } from '../../../shared/roster.ts'
import { setbacks, type Circumstance, type Hindrance } from './circumstances.ts'
import { decodeDecision, encodeDecision } from './decision-record.ts'
import { planHandOver, type HandOver, type OpenPullRequest } from './plan-hand-over.ts'
import { decideAgain, isSameDecision } from './replay.ts'

type Stayer = Circumstance & { load: number }
type Case = { stayers: Map<string, Stayer>; leavingIds: string[]; pullRequests: OpenPullRequest[] }

const stayer = fc.record<Stayer>({
  hindrance: fc.constantFrom<Hindrance | null>(null, null, null, null, 'ABSENT', 'NEVER_ASSIGNED', 'SHADOW'),
  cap: fc.option(fc.nat(6), { freq: 2 }),
  setback: fc.constantFrom(0, 0, setbacks.CHOSEN_LAST, setbacks.OFF_HOURS, setbacks.NOT_OWNER, setbacks.NOT_MENTOR),
  isNewcomer: fc.boolean(),
  load: fc.nat(4),
})

/** More people than a decision looks at, with something in common that keeps them back, and few others who have more to do. */
const crowds = fc
  .record({
    shared: fc.constantFrom<Partial<Stayer>>({}, { isNewcomer: true }, { setback: setbacks.NOT_MENTOR }),
    crowd: fc.array(stayer, { minLength: 9, maxLength: 30, size: 'max' }),
    others: fc.array(stayer, { maxLength: 3 }),
  })
  .map(({ shared, crowd, others }) => [
    ...crowd.map((one) => ({ ...one, ...shared })),
    ...others.map((one) => ({ ...one, load: one.load + 3 })),
  ])

/** Teams of which two leave, of people with every kind of limit; those who leave may be newcomers too. */
const cases: fc.Arbitrary<Case> = fc.oneof(fc.array(stayer, { maxLength: 5 }), crowds).chain((all) => {
  const stayers = new Map(all.map((one, index) => [`s${index}`, one]))
  const leavingIds = ['l0', 'l1']
  const anybody = fc.constantFrom(...leavingIds, ...stayers.keys(), 'outsider')
  const reviewed = fc
    .record({ authorId: anybody, reviewerIds: fc.uniqueArray(anybody, { maxLength: 2 }) })
    .map(({ authorId, reviewerIds }) => ({ authorId, reviewerIds: reviewerIds.filter((id) => id !== authorId) }))
  return fc.record({
    stayers: fc.constant(stayers),
    leavingIds: fc.constant(leavingIds),
    pullRequests: fc
      .array(reviewed, { maxLength: 30, size: 'max' })
      .map((many) => many.map((one, index) => ({ pullRequestId: `pr-${index}`, ...one }))),
  })
})

function isNewcomer({ stayers }: Case, userId: string): boolean {
  return stayers.get(userId)?.isNewcomer === true
}

function planOf(one: Case) {
  const { stayers, leavingIds, pullRequests } = one
  const members = [...leavingIds, ...stayers.keys()]
    .toSorted(compareIds)
    .map((userId) => ({ userId, isActive: stayers.has(userId) }))
  const roster = createRoster({ teamName: 'team', version: 9, members })
  const loadOf = (userId: string) => stayers.get(userId)!.load
  return planHandOver(roster, loadOf, new Set(leavingIds), pullRequests, (_, keptIds) => ({
    at: (position) => stayers.get(members[position]!.userId) ?? null,
    isAccompanied: keptIds.some((id) => !isNewcomer(one, id)),
  }))
}

type Step = HandOver & { possible: { userId: string; load: number; setback: number }[] }

/** Each hand-over with those who could have taken it just then, counting what was given before. */
function stepsOf(one: Case): Step[] {
  const loads = new Map([...one.stayers].map(([userId, { load }]) => [userId, load]))
  const byId = new Map(one.pullRequests.map((pullRequest) => [pullRequest.pullRequestId, pullRequest]))
  return planOf(one).flatMap(({ pullRequestId, before, handOvers }) => {
    let reviewers = [...before]
    return handOvers.map((handOver) => {
      const { fromId, toId } = handOver
      const staying = reviewers.filter((id) => !one.leavingIds.includes(id))
      const isAccompanied = staying.some((id) => !isNewcomer(one, id))
      const possible = [...one.stayers].flatMap(([userId, { hindrance, cap, setback }]) => {
        const load = loads.get(userId)!
        const isFree = hindrance === null && (cap === null || load < cap) && !reviewers.includes(userId)
        const isAuthor = byId.get(pullRequestId)!.authorId === userId
        return isFree && !isAuthor && (isAccompanied || !isNewcomer(one, userId)) ? [{ userId, load, setback }] : []
      })
      if (toId !== null) loads.set(toId, loads.get(toId)! + 1)
      reviewers = [...reviewers.filter((id) => id !== fromId), ...(toId === null ? [] : [toId])]
      return { ...handOver, possible }
    })
  })
}

describe('where people have limits', () => {
  test('a review goes to somebody who may take it, never beyond a cap and never to a newcomer alone', () => {
    fc.assert(
      fc.property(cases, (one) => {
        for (const { toId, possible } of stepsOf(one)) {
          if (toId !== null) expect(possible.map(({ userId }) => userId)).toContain(toId)
        }
      }),
    )
  })

  test('a slot stays open just where nobody may take it', () => {
    fc.assert(
      fc.property(cases, (one) => {
        for (const { toId, possible } of stepsOf(one)) expect(toId === null).toBe(possible.length === 0)
      }),
    )
  })

  test('whoever has fewer setbacks comes first, and among equals whoever has less to review', () => {
    fc.assert(
      fc.property(cases, (one) => {
        for (const { toId, possible } of stepsOf(one)) {
          const taker = possible.find(({ userId }) => userId === toId)
          if (taker === undefined) continue
          const least = Math.min(...possible.map(({ setback }) => setback))
          const rivals = possible.filter(({ setback }) => setback === least)

          expect(taker.setback).toBe(least)
          expect(taker.load).toBe(Math.min(...rivals.map(({ load }) => load)))
        }
      }),
    )
  })

  test('each decision can be made again from its record', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        for (const { decision } of stepsOf(one)) {
          const record: unknown = JSON.parse(encodeDecision(decision))
          const stored = await decodeDecision(record, () => Promise.reject(new Error('It names everybody')))

          expect(stored).toEqual(decision)
          expect(isSameDecision(decideAgain(stored), decision)).toBeTrue()
        }
      }),
    )
  })
})

test('where both reviewers leave, the first seat is not given to a newcomer for the sake of the other who leaves', () => {
  const free: Stayer = { hindrance: null, cap: null, setback: 0, isNewcomer: false, load: 3 }
  const one: Case = {
    stayers: new Map([
      ['s0', { ...free, isNewcomer: true, load: 0 }],
      ['s1', { ...free, hindrance: 'ABSENT' }],
    ]),
    leavingIds: ['l0', 'l1'],
    pullRequests: [{ pullRequestId: 'pr-1', authorId: 'outsider', reviewerIds: ['l0', 'l1'] }],
  }

  expect(planOf(one)[0]!.after).not.toContain('s0')
})
