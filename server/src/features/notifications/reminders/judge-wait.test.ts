import { describe, expect, test } from 'bun:test'
import type { DueWait } from '../queries/waits.ts'
import { judgeWait, type Verdict } from './judge-wait.ts'

const HOUR_MS = 3_600_000
/** A Monday at nine. */
const MONDAY = Date.parse('2026-11-16T09:00:00Z')

function aWait(given: Partial<DueWait> = {}): DueWait {
  return {
    pullRequestId: 'pr-1',
    reviewerId: 'bob',
    decision: 1,
    sinceMs: MONDAY,
    nudgedMs: null,
    nudgeHours: 4,
    proposeHours: 12,
    authorId: 'ada',
    isWaiting: true,
    isActive: true,
    workingHours: null,
    timeZone: null,
    absences: [],
    ...given,
  }
}

function at(wait: DueWait, hoursLater: number): Verdict {
  return judgeWait(wait, MONDAY + hoursLater * HOUR_MS)
}

test('a reviewer is reminded when so many of their working hours have passed, and not before', () => {
  expect(at(aWait(), 3.9)).toEqual({ kind: 'later', nextMs: MONDAY + 4 * HOUR_MS })
  expect(at(aWait(), 4)).toMatchObject({ kind: 'nudge', hours: 4 })
})

test('what is long from due is looked at again within the hour, since hours and absences change', () => {
  expect(at(aWait({ nudgeHours: 40, proposeHours: 80 }), 1)).toEqual({ kind: 'later', nextMs: MONDAY + 2 * HOUR_MS })
})

test('a replacement is proposed after the reminder, as many working hours later as the team says', () => {
  const nudged = aWait({ nudgedMs: MONDAY + 4 * HOUR_MS })

  // Four more hours on Monday, four on Tuesday.
  expect(at(nudged, 27.9).kind).toBe('later')
  expect(at(nudged, 28)).toEqual({ kind: 'propose', hours: 12, nextMs: null })
})

test('a reminder that came late does not make the proposal come at once', () => {
  const late = aWait({ nudgedMs: MONDAY + 48 * HOUR_MS })

  expect(at(late, 55).kind).toBe('later')
  expect(at(late, 56).kind).toBe('propose')
})

test('without a reminder, a replacement is proposed all the same', () => {
  expect(at(aWait({ nudgeHours: null }), 28)).toMatchObject({ kind: 'propose', hours: 12 })
})

test('without a proposal, the reminder is all', () => {
  expect(at(aWait({ proposeHours: null }), 4)).toEqual({ kind: 'nudge', hours: 4, nextMs: null })
  expect(at(aWait({ proposeHours: null, nudgedMs: MONDAY }), 400)).toEqual({ kind: 'over' })
})

test('whoever is away is not reminded before being back for so long', () => {
  const away = aWait({ absences: [[MONDAY, MONDAY + 24 * HOUR_MS]] })

  expect(at(away, 27.9).kind).toBe('later')
  expect(at(away, 28).kind).toBe('nudge')
})

describe('nobody is asked about a review', () => {
  test('that was answered, merged, or given to somebody else', () => {
    expect(at(aWait({ isWaiting: false }), 400)).toEqual({ kind: 'over' })
  })

  test('of a team that wants no reminders any more', () => {
    expect(at(aWait({ nudgeHours: null, proposeHours: null }), 400)).toEqual({ kind: 'over' })
  })

  test('of somebody who is not active', () => {
    expect(at(aWait({ isActive: false }), 400).kind).toBe('later')
  })
})
