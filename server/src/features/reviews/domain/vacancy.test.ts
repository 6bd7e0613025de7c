import { describe, expect, test } from 'bun:test'
import { compareIds } from '../../../shared/ids.ts'
import { createRoster, type MemberTraits, type Roster, type TeamSettings } from '../../../shared/roster.ts'
import { circumstancesOf } from './circumstances.ts'
import { decide } from './decide.ts'
import { vacancyAfter, type Vacancy } from './vacancy.ts'

const NOW_MS = Date.UTC(2026, 0, 7, 12)
const HOUR_MS = 3_600_000

type Teammate = Partial<MemberTraits> & { isActive?: boolean; open?: number }
type Team = Readonly<Record<string, Teammate>>

const away: Teammate = { absences: [{ startsMs: 0, endsMs: NOW_MS + HOUR_MS }] }
const full: Teammate = { maxOpenReviews: 2, open: 2 }

function rosterOf(team: Team, settings: Partial<TeamSettings>): Roster {
  const people = Object.entries<Teammate>({ ada: {}, ...team }).toSorted(([a], [b]) => compareIds(a, b))
  const traits = people.flatMap(([userId, { isActive: _, open: __, ...more }]): [string, MemberTraits][] => {
    const plain = { mentorId: null, maxOpenReviews: null, isNeverAssigned: false, neverAuthorIds: [] }
    const each: MemberTraits = { ...plain, level: 'ramped', workingHours: null, absences: [], ...more }
    return Object.keys(more).length === 0 ? [] : [[userId, each]]
  })
  const members = people.map(([userId, { isActive = true }]) => ({ userId, isActive }))
  return createRoster({ teamName: 'team', version: 7, members, traits: new Map(traits), ...settings })
}

type More = { wanted?: number; keptIds?: string[] } & Partial<TeamSettings>

/** What is left after a decision about a pull request of ada. */
function vacancyIn(team: Team, more: More = {}): Vacancy | null {
  const { wanted = 1, keptIds = [], ...settings } = more
  const roster = rosterOf(team, settings)
  const situation = { authorId: 'ada', atMs: NOW_MS, keptIds, isOwner: () => false, lastChosenIds: [] }
  const circumstances = circumstancesOf(roster, situation)
  const openReviewsAt = (position: number) => team[roster.members[position]!.userId]?.open ?? 0
  const state = { roster, openReviewsAt, lastInRotation: null }
  const request = { kind: 'create', authorId: 'ada', wanted, keptIds, replacedId: null, circumstances } as const
  return vacancyAfter(decide(state, request, 1), roster, circumstances, NOW_MS)
}

test('there is none where everybody wanted was found, or nobody was wanted', () => {
  expect(vacancyIn({ bob: {} })).toBeNull()
  expect(vacancyIn({ bob: {}, cleo: away }, { wanted: 1 })).toBeNull()
  expect(vacancyIn({}, { wanted: 0 })).toBeNull()
})

describe('the reason', () => {
  test.each([
    ['NO_ACTIVE_TEAMMATE', { bob: { isActive: false } }, {}],
    ['EVERY_TEAMMATE_EXCLUDED', { bob: {} }, { keptIds: ['bob'] }],
    ['ABSENT', { bob: away }, {}],
    ['AT_CAP', { bob: full }, {}],
    ['NEVER_ASSIGNED', { bob: { isNeverAssigned: true } }, {}],
    ['NOT_OWNER', { bob: {} }, { ownersMode: 'require' }],
    ['SHADOW', { bob: { level: 'shadow' } }, {}],
    ['NEWCOMER_ALONE', { bob: { level: 'newcomer' } }, {}],
  ] satisfies [string, Team, More][])('is %s', (reason, team, more: More) => {
    expect(vacancyIn(team, more)).toMatchObject({ missing: 1, reason, triedVersion: 7 })
  })

  test('is the one that could end soonest where there are several', () => {
    const all: Team = { bob: { isNeverAssigned: true }, cleo: { level: 'shadow' }, dan: away, eve: full }

    expect(vacancyIn(all)!.reason).toBe('AT_CAP')
    expect(vacancyIn({ ...all, eve: {} }, { wanted: 2 })).toMatchObject({ missing: 1, reason: 'ABSENT' })
    expect(vacancyIn({ bob: { isNeverAssigned: true }, cleo: { level: 'shadow' } })!.reason).toBe('SHADOW')
  })

  test('is not that of the author', () => {
    expect(vacancyIn({ ada: full, bob: {} }, { keptIds: ['bob'] })!.reason).toBe('EVERY_TEAMMATE_EXCLUDED')
  })
})

describe('another try is worth it', () => {
  const inSeconds = (seconds: number) => new Date(NOW_MS + seconds * 1000).toISOString()

  test('not before the roster is another, where time brings nobody', () => {
    expect(vacancyIn({})!.retryAt).toBeNull()
    expect(vacancyIn({ bob: { level: 'shadow' } })!.retryAt).toBeNull()
  })

  test('when the first of the absent is back', () => {
    const longer: Teammate = { absences: [{ startsMs: 0, endsMs: NOW_MS + 9 * HOUR_MS }] }

    expect(vacancyIn({ bob: longer, cleo: away })!.retryAt).toBe(inSeconds(3600))
  })

  test('in a moment where somebody is at their cap, or sooner where somebody is back sooner', () => {
    const nearlyBack: Teammate = { absences: [{ startsMs: 0, endsMs: NOW_MS + 4000 }] }

    expect(vacancyIn({ bob: full, cleo: away })!.retryAt).toBe(inSeconds(5))
    expect(vacancyIn({ bob: full, cleo: nearlyBack })!.retryAt).toBe(inSeconds(4))
  })
})
