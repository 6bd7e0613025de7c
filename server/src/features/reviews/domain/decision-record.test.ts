import { describe, expect, test } from 'bun:test'
import { createRoster } from '../../../shared/roster.ts'
import { decide, type ReviewRequest } from './decide.ts'
import { decodeDecision, encodeDecision } from './decision-record.ts'
import { lookedAt, type Decision } from './decision.ts'

const members = [
  { userId: 'ada', isActive: true },
  { userId: 'bob', isActive: false },
  { userId: 'cleo', isActive: true },
]
const loads = [2, 0, 1]

function decisionOf(kind: ReviewRequest['kind']): Decision {
  const roster = createRoster({ teamName: 't', version: 4, policy: 'least-loaded', reviewersWanted: 2, members })
  const team = { roster, openReviewsAt: (position: number) => loads[position]!, lastInRotation: null }
  return decide(team, { kind, authorId: 'cleo', wanted: 1, keptIds: [], replacedId: null }, 7)
}

function never(): Promise<never> {
  return Promise.reject(new Error('The record tells everybody it is about'))
}

describe('the record', () => {
  test('of a decision about a roster names nobody the roster of that version tells', async () => {
    const decision = decisionOf('create')
    const record = JSON.parse(encodeDecision(decision)) as object

    expect(record).toMatchObject({ openReviews: loads, assignedIds: ['ada'], rosterVersion: 4 })
    expect(record).not.toHaveProperty('people')
    expect(await decodeDecision(record, () => Promise.resolve(members))).toEqual(decision)
  })

  test('of a hand-over names everybody on the short list, with one code where they could not be chosen', async () => {
    const decision = decisionOf('hand-over')
    const record = JSON.parse(encodeDecision(decision)) as object

    expect(record).toHaveProperty('lookedAt', [
      ['ada', 2],
      ['bob', 0, 'INACTIVE'],
      ['cleo', 1, 'AUTHOR'],
    ])
    expect(await decodeDecision(record, never)).toEqual(decision)
  })

  test('of a restored review names nobody', async () => {
    const restored: Decision = { ...decisionOf('create'), kind: 'restore', people: [], openReviews: [] }

    expect(await decodeDecision(JSON.parse(encodeDecision(restored)), never)).toEqual(restored)
  })
})

test('everybody looked at has their load, and one exclusion or none', () => {
  expect(lookedAt({ ...decisionOf('create'), replacedId: 'ada' })).toEqual([
    { userId: 'ada', openReviews: 2, exclusion: 'REPLACED' },
    { userId: 'bob', openReviews: 0, exclusion: 'INACTIVE' },
    { userId: 'cleo', openReviews: 1, exclusion: 'AUTHOR' },
  ])
})
