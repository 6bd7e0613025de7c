import { describe, expect, test } from 'bun:test'
import { createRoster, type MemberTraits, type Roster, type TeamSettings } from '../../../shared/roster.ts'
import { circumstancesOf, firstReturn, setbacks, type Circumstance, type Situation } from './circumstances.ts'

/** A Wednesday at noon in UTC. */
const NOON_MS = Date.UTC(2026, 0, 7, 12)
const HOUR_MS = 3_600_000
const members = ['ada', 'bob', 'cleo', 'dan'].map((userId) => ({ userId, isActive: true }))
const plain: MemberTraits = {
  level: 'ramped',
  mentorId: null,
  maxOpenReviews: null,
  isNeverAssigned: false,
  neverAuthorIds: [],
  workingHours: null,
  absences: [],
}
const situation: Situation = { authorId: 'ada', atMs: NOON_MS, keptIds: [], isOwner: null, lastChosenIds: [] }
const nothing: Circumstance = { hindrance: null, cap: null, setback: 0, isNewcomer: false }

type Some = Readonly<Record<string, Partial<MemberTraits>>>

function rosterOf(some: Some, settings: Partial<TeamSettings> = {}): Roster {
  const traits = new Map(Object.entries(some).map(([userId, each]) => [userId, { ...plain, ...each }]))
  return createRoster({ teamName: 'team', version: 1, members, traits, ...settings })
}

/** Of those of whom there is anything to consider. */
function found(roster: Roster, more: Partial<Situation> = {}): Record<string, Circumstance> | null {
  const circumstances = circumstancesOf(roster, { ...situation, ...more })
  if (circumstances === null) return null
  const all = members.map(({ userId }, position) => [userId, circumstances.at(position)] as const)
  return Object.fromEntries(all.flatMap(([userId, each]) => (each === null ? [] : [[userId, each]])))
}

test('a team without limits, owners and memory has nothing to consider', () => {
  const isOwner = () => true
  expect(found(rosterOf({}), { isOwner, lastChosenIds: ['bob'] })).toBeNull()
  expect(found(rosterOf({ bob: {} }))).toEqual({})
})

describe('somebody is hindered', () => {
  test('while absent, and not at the moment the absence ends', () => {
    const roster = rosterOf({ bob: { absences: [{ startsMs: NOON_MS, endsMs: NOON_MS + HOUR_MS }] } })

    expect(found(roster)).toEqual({ bob: { ...nothing, hindrance: 'ABSENT' } })
    expect(found(roster, { atMs: NOON_MS + HOUR_MS })).toEqual({})
  })

  test('where they are never assigned, or not to this author', () => {
    const never = { ...nothing, hindrance: 'NEVER_ASSIGNED' } as const
    const roster = rosterOf({ bob: { isNeverAssigned: true }, cleo: { neverAuthorIds: ['ada'] } })

    expect(found(roster)).toEqual({ bob: never, cleo: never })
    expect(found(roster, { authorId: 'dan' })).toEqual({ bob: never })
  })

  test('while a shadow', () => {
    expect(found(rosterOf({ bob: { level: 'shadow' } }))).toEqual({ bob: { ...nothing, hindrance: 'SHADOW' } })
  })
})

test('a cap of zero is a cap', () => {
  expect(found(rosterOf({ bob: { maxOpenReviews: 0 } }))).toEqual({ bob: { ...nothing, cap: 0 } })
})

test('what a newcomer writes is for the mentor first; what a newcomer of another time wrote is for anybody', () => {
  const behind = { ...nothing, setback: setbacks.NOT_MENTOR }
  const asNewcomer = rosterOf({ ada: { level: 'newcomer', mentorId: 'cleo' } })

  expect(found(asNewcomer)).toEqual({ ada: { ...behind, isNewcomer: true }, bob: behind, dan: behind })
  expect(found(asNewcomer, { authorId: 'bob' })).toEqual({ ada: { ...nothing, isNewcomer: true } })
  expect(found(rosterOf({ ada: { mentorId: 'cleo' } }))).toEqual({})
})

describe('owners of the files', () => {
  const isOwner = (userId: string) => userId === 'cleo'

  test('come first where the team prefers them', () => {
    const stranger = { ...nothing, setback: setbacks.NOT_OWNER }
    const roster = rosterOf({}, { ownersMode: 'prefer' })

    expect(found(roster, { isOwner })).toEqual({ ada: stranger, bob: stranger, dan: stranger })
  })

  test('are the only ones where the team requires them', () => {
    const stranger = { ...nothing, hindrance: 'NOT_OWNER', setback: setbacks.NOT_OWNER } as const
    const roster = rosterOf({}, { ownersMode: 'require' })

    expect(found(roster, { isOwner })).toEqual({ ada: stranger, bob: stranger, dan: stranger })
  })

  test('do not matter where nobody owns the files, or where the team does not go by them', () => {
    expect(found(rosterOf({}, { ownersMode: 'require' }))).toBeNull()
    expect(found(rosterOf({ bob: {} }, { ownersMode: 'off' }), { isOwner })).toEqual({})
  })

  test('who are absent are told to be absent', () => {
    const absences = [{ startsMs: 0, endsMs: NOON_MS + 1 }]
    const roster = rosterOf({ bob: { absences } }, { ownersMode: 'require' })

    expect(found(roster, { isOwner })!['bob']!.hindrance).toBe('ABSENT')
  })
})

test('whoever is out of working hours where they are comes after others', () => {
  const hours = { days: [1, 2, 3, 4, 5], startMinute: 9 * 60, endMinute: 17 * 60 }
  const roster = rosterOf({
    bob: { workingHours: { ...hours, timeZone: 'Europe/Berlin' } },
    cleo: { workingHours: { ...hours, timeZone: 'America/Los_Angeles' } },
  })

  expect(found(roster)).toEqual({ cleo: { ...nothing, setback: setbacks.OFF_HOURS } })
  expect(Object.keys(found(roster, { atMs: NOON_MS + 6 * HOUR_MS })!)).toEqual(['bob'])
  // Three days later it is Saturday.
  expect(Object.keys(found(roster, { atMs: NOON_MS + 78 * HOUR_MS })!)).toEqual(['bob', 'cleo'])
})

test('whoever was chosen last comes after others, where the team wants that', () => {
  const lastChosenIds = ['bob', 'dan']
  const behind = { ...nothing, setback: setbacks.CHOSEN_LAST }

  expect(found(rosterOf({}, { avoidsRepeats: true }), { lastChosenIds })).toEqual({ bob: behind, dan: behind })
  expect(found(rosterOf({}, { avoidsRepeats: true }))).toBeNull()
})

test('no sum of lesser setbacks outweighs a greater one', () => {
  const { CHOSEN_LAST, OFF_HOURS, NOT_OWNER, NOT_MENTOR } = setbacks

  expect(CHOSEN_LAST).toBeLessThan(OFF_HOURS)
  expect(CHOSEN_LAST + OFF_HOURS).toBeLessThan(NOT_OWNER)
  expect(CHOSEN_LAST + OFF_HOURS + NOT_OWNER).toBeLessThan(NOT_MENTOR)
})

test('newcomers are accompanied by any reviewer who stays and is none', () => {
  const roster = rosterOf({ bob: { level: 'newcomer' } })
  const isAccompanied = (keptIds: string[]) => circumstancesOf(roster, { ...situation, keptIds })!.isAccompanied

  expect([isAccompanied([]), isAccompanied(['bob'])]).toEqual([false, false])
  expect([isAccompanied(['cleo']), isAccompanied(['bob', 'somebody of another team'])]).toEqual([true, true])
})

test('the first return is that of whoever is back first, after all that follows without a gap', () => {
  const until = (hours: number) => ({ startsMs: NOON_MS - 1, endsMs: NOON_MS + hours * HOUR_MS })
  const roster = rosterOf({
    bob: { absences: [until(2), { startsMs: NOON_MS + 2 * HOUR_MS, endsMs: NOON_MS + 9 * HOUR_MS }] },
    cleo: { absences: [until(5)] },
    dan: { absences: [{ startsMs: NOON_MS + 1, endsMs: NOON_MS + 2 }] },
  })

  expect(firstReturn(roster, NOON_MS)).toBe(NOON_MS + 5 * HOUR_MS)
  expect(firstReturn(roster, NOON_MS - 2)).toBeNull()
})
