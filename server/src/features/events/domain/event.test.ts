import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { eventsOf, isWanted, rowTypeOf, sequenceOf, type Told } from './event.ts'
import { pauseAfter, retryPolicy } from './webhook.ts'

const row: Told = {
  sequence: 100,
  workspaceId: 1,
  type: 'pullRequest.opened',
  subject: 'pr-1',
  teamName: 'web',
  actor: 'local',
  occurredAt: '2026-11-21T09:45:12.123456Z',
  traceparent: null,
  data: {
    pull_request_name: 'name',
    author_id: 'ada',
    reviewer_ids: ['bob', 'cleo'],
    policy: 'random',
    shadow_id: null,
  },
}

describe('a row of the log', () => {
  test('of an opened pull request tells it and then each reviewer', () => {
    const [opened, first, second, ...others] = eventsOf(row)

    expect(others).toEqual([])
    expect(opened).toMatchObject({ sequence: 100, id: '100.1795254312123456', type: 'pullRequest.opened' })
    expect(opened!.data).toEqual({ pull_request_name: 'name', author_id: 'ada', reviewer_ids: ['bob', 'cleo'] })
    expect([first, second].map((event) => [event!.sequence, event!.type, event!.data['reviewer_id']])).toEqual([
      [101, 'reviewer.assigned', 'bob'],
      [102, 'reviewer.assigned', 'cleo'],
    ])
  })

  test('of a hand-over that found nobody tells whose place is empty', () => {
    const data = { reviewer_ids: [], replaced_id: 'bob', kind: 'hand-over', policy: 'random', decision: 3 }
    const [event, ...others] = eventsOf({ ...row, type: 'reviewer.handedOver', data })

    expect(others).toEqual([])
    expect(event!.data).toMatchObject({ reviewer_id: null, replaced_id: 'bob', reason: { decision: 3 } })
  })

  test('tells events of types that are found by the type of the row, at most four, with ids that lead back', () => {
    const data = fc.record({
      reviewer_ids: fc.array(fc.string(), { maxLength: 2 }),
      is_draft: fc.boolean(),
      was_draft: fc.boolean(),
      replaced_id: fc.option(fc.string()),
    })
    const type = fc.constantFrom('pullRequest.opened', 'pullRequest.updated', 'reviewer.assigned', 'member.left')
    fc.assert(
      fc.property(type, data, fc.nat({ max: 1e12 }), (rowType, given, number) => {
        const events = eventsOf({ ...row, type: rowType, data: given, sequence: 4 * number })
        expect(events.length).toBeWithin(1, 5)
        for (const event of events) {
          expect(rowTypeOf(event.type)).toContain(rowType)
          expect(sequenceOf(event.id)).toBe(event.sequence)
        }
      }),
    )
  })
})

test('an event concerns its author, its reviewers, and whoever it is about', () => {
  const all = { teamName: null, userId: null, types: null }
  const [opened, first] = eventsOf(row)
  const [left] = eventsOf({ ...row, type: 'member.left', subject: 'ada', data: {} })
  const concerns = (event: typeof opened, userId: string) => isWanted(event!, { ...all, userId })

  expect(['ada', 'bob', 'cleo', 'dan', 'pr-1'].map((id) => concerns(opened, id))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
  expect(['ada', 'bob', 'cleo'].map((id) => concerns(first, id))).toEqual([false, true, false])
  expect([concerns(left, 'ada'), concerns(left, 'bob')]).toEqual([true, false])
  expect(isWanted(first!, { ...all, teamName: 'core' })).toBeFalse()
  expect(isWanted(first!, { ...all, types: new Set(['pullRequest.opened']) })).toBeFalse()
})

test.each(['', '4', '4.', '.5', 'x.5', '4.5.6', '-4.5', '99999999999999999.1'])('%j is no id', (text) => {
  expect(sequenceOf(text)).toBeNull()
})

test('a webhook is told again after ever longer pauses, about twenty times in a day', () => {
  const pauses = Array.from({ length: 30 }, (_, index) => pauseAfter(index + 1, retryPolicy, 1))
  let passed = 0
  const inTime = pauses.filter((pause) => (passed += pause) <= retryPolicy.giveUpAfterMs)

  expect(pauses.slice(0, 4)).toEqual([5000, 10_000, 20_000, 40_000])
  expect(Math.max(...pauses)).toBe(2 * 3_600_000)
  expect(inTime.length).toBeWithin(18, 24)
  expect(pauseAfter(3, retryPolicy, 0)).toBe(15_000)
})
