import { afterAll, describe, expect, test } from 'bun:test'
import { contextOf } from '../app.ts'
import { listRosters } from '../features/people/index.ts'
import { defaultSettings } from '../shared/roster.ts'
import { aTeam, ids } from '../testing/builders.ts'
import { connectTo, freshDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
const api = startServer(database)
const db = connectTo(database, { poolSize: 2, statementTimeoutMs: 5000 })
afterAll(() => db.close())

const UNLIMITED = { max_open_reviews: null, never_assign: false, never_assign_authors: [] }
const OFFICE = { time_zone: 'Europe/Berlin', days: [1, 2, 3, 4, 5], start: '09:00', end: '18:00' }

async function versionOf(teamName: string): Promise<number> {
  const [row] = await database.sql<{ version: string }>(
    'SELECT roster_version::text AS version FROM team WHERE team_name = $1',
    [teamName],
  )
  return Number(row!.version)
}

async function traitsOf(teamName: string) {
  const { workspaceId } = contextOf(db)
  const [roster] = await listRosters(db, workspaceId, [{ ...defaultSettings, teamName, version: 1 }])
  return roster!.traits
}

async function member(user_id: string) {
  return (await api.get('/member/get', { user_id })).body
}

/** What is stored of people and teams. */
function stored() {
  return Promise.all(
    ['member_limit', 'member_ramp', 'team'].map((table) => database.sql(`SELECT * FROM ${table} ORDER BY 1, 2`)),
  )
}

test('a new member has no limits, is ramped and is never away', async () => {
  await aTeam(api, { name: 'new', members: ['new-1'] })

  const { status, body } = await api.get('/member/get', { user_id: 'new-1' })

  expect(status).toBe(200)
  expect(body).toEqual({
    user_id: 'new-1',
    team_name: 'new',
    is_active: true,
    level: 'ramped',
    mentor_id: null,
    limits: UNLIMITED,
    working_hours: null,
    absences: [],
    calendar: null,
  })
  expect((await traitsOf('new')).size).toBe(0)
})

test.each([
  ['/member/setLimits', { never_assign: true }],
  ['/member/setRamp', { level: 'shadow' }],
  ['/member/setCalendar', { url: null }],
])('%s finds no stranger', async (path, fields) => {
  const { status, body } = await api.post(path, { user_id: 'stranger', ...fields })

  expect(status).toBe(404)
  expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('stranger') } })
})

test('/member/get finds no stranger', async () => {
  expect(await api.get('/member/get', { user_id: 'stranger' })).toMatchObject({
    status: 404,
    body: { error: { code: 'NOT_FOUND' } },
  })
})

describe('member/setLimits', () => {
  test('sets what is given and leaves what is not', async () => {
    await aTeam(api, { name: 'limits', members: ['limits-1', 'limits-2'] })
    const user_id = 'limits-1'
    const all = { max_open_reviews: 3, never_assign: true, never_assign_authors: ['x', 'y'], working_hours: OFFICE }

    const first = await api.post('/member/setLimits', { user_id, ...all })
    const second = await api.post('/member/setLimits', { user_id, max_open_reviews: null })
    const third = await api.post('/member/setLimits', {
      user_id,
      never_assign_authors: ['z', 'z'],
      working_hours: null,
    })

    expect(first).toMatchObject({ status: 200, body: { limits: { user_id, ...all } } })
    expect(second.body).toEqual({ limits: { user_id, ...all, max_open_reviews: null } })
    const left = { max_open_reviews: null, never_assign: true, never_assign_authors: ['z'] }
    expect(third.body).toEqual({ limits: { user_id, ...left, working_hours: null } })
    expect(await member(user_id)).toMatchObject({ limits: left, working_hours: null })
    expect(await member('limits-2')).toMatchObject({ limits: UNLIMITED })
  })

  test('gives the roster what was set, and makes it of another version', async () => {
    await aTeam(api, { name: 'seen', members: ['seen-1', 'seen-2'] })
    const before = await versionOf('seen')

    await api.post('/member/setLimits', {
      user_id: 'seen-2',
      max_open_reviews: 0,
      working_hours: { time_zone: 'Asia/Kolkata', days: [7, 1], start: '22:30', end: '06:00' },
    })

    expect(await versionOf('seen')).toBe(before + 1)
    expect([...(await traitsOf('seen'))]).toEqual([
      [
        'seen-2',
        {
          level: 'ramped',
          mentorId: null,
          maxOpenReviews: 0,
          isNeverAssigned: false,
          neverAuthorIds: [],
          workingHours: { timeZone: 'Asia/Kolkata', days: [1, 7], startMinute: 1350, endMinute: 360 },
          absences: [],
        },
      ],
    ])
  })

  test('fifty at once lose none of each other', async () => {
    const members = ids('many-', 10)
    await aTeam(api, { name: 'many', members })
    const before = await versionOf('many')
    const changes = [
      { max_open_reviews: 7 },
      { never_assign: true },
      { never_assign_authors: ['a'] },
      { working_hours: OFFICE },
      { max_open_reviews: 7 },
    ]

    const answers = await Promise.all(
      members.flatMap((user_id) => changes.map((change) => api.post('/member/setLimits', { user_id, ...change }))),
    )

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(await versionOf('many')).toBe(before + 50)
    for (const user_id of members) {
      expect(await member(user_id)).toMatchObject({
        limits: { max_open_reviews: 7, never_assign: true, never_assign_authors: ['a'] },
        working_hours: OFFICE,
      })
    }
  })

  test('goes with a member who changes teams', async () => {
    await aTeam(api, { name: 'old', members: ['mover'] })
    await api.post('/member/setLimits', { user_id: 'mover', max_open_reviews: 2 })
    await aTeam(api, { name: 'fresh', members: ['mover'] })

    expect((await traitsOf('fresh')).get('mover')?.maxOpenReviews).toBe(2)
    expect((await traitsOf('old')).size).toBe(0)
  })

  test('the same Idempotency-Key has one effect', async () => {
    await aTeam(api, { name: 'once', members: ['once-1'] })
    const set = () =>
      api.post('/member/setLimits', { user_id: 'once-1', max_open_reviews: 4 }, { 'Idempotency-Key': 'limits-once' })

    const first = await set()
    await api.post('/member/setLimits', { user_id: 'once-1', max_open_reviews: 5 })
    const again = await set()

    expect(again.body).toEqual(first.body)
    expect((await member('once-1')).limits.max_open_reviews).toBe(5)
  })
})

describe('member/setRamp', () => {
  test('says how far somebody is and who goes with them, until they are ramped', async () => {
    await aTeam(api, { name: 'ramp', members: ['ramp-1', 'ramp-2'] })
    const user_id = 'ramp-1'
    const before = await versionOf('ramp')
    const ramp = (fields: object) => api.post('/member/setRamp', { user_id, ...fields })

    const newcomer = await ramp({ level: 'newcomer', mentor_id: 'ramp-2' })
    const shadow = await ramp({ level: 'shadow' })
    const traits = await traitsOf('ramp')
    const alone = await ramp({ level: 'shadow', mentor_id: null })
    const ramped = await ramp({ level: 'ramped' })

    expect(newcomer).toMatchObject({ status: 200 })
    expect(newcomer.body).toEqual({
      ramp: { user_id, team_name: 'ramp', level: 'newcomer', mentor_id: 'ramp-2' },
    })
    expect(shadow.body.ramp).toMatchObject({ level: 'shadow', mentor_id: 'ramp-2' })
    expect(traits.get(user_id)).toMatchObject({ level: 'shadow', mentorId: 'ramp-2', maxOpenReviews: null })
    expect(alone.body.ramp).toMatchObject({ level: 'shadow', mentor_id: null })
    expect(ramped.body.ramp).toMatchObject({ level: 'ramped', mentor_id: null })
    expect(await versionOf('ramp')).toBe(before + 4)
    expect((await traitsOf('ramp')).size).toBe(0)
  })

  test.each([
    ['the member themself', 'mentor-1', 400, 'INVALID_REQUEST', 'mentor_id'],
    ['somebody of another team', 'mentor-9', 400, 'INVALID_REQUEST', 'mentor_id'],
    ['a stranger', 'stranger', 404, 'NOT_FOUND', 'stranger'],
  ])('a mentor is not %s', async (_, mentor_id, status, code, names) => {
    if ((await api.get('/member/get', { user_id: 'mentor-1' })).status === 404) {
      await aTeam(api, { name: 'mentor', members: ['mentor-1', 'mentor-2'] })
      await aTeam(api, { name: 'elsewhere', members: ['mentor-9'] })
    }
    const before = await stored()

    const answer = await api.post('/member/setRamp', { user_id: 'mentor-1', level: 'newcomer', mentor_id })

    expect(answer).toMatchObject({ status, body: { error: { code, message: expect.stringContaining(names) } } })
    expect(await stored()).toEqual(before)
  })

  test('counts in the team it was said of only', async () => {
    await aTeam(api, { name: 'learning', members: ['learner', 'teacher'] })
    await api.post('/member/setRamp', { user_id: 'learner', level: 'newcomer', mentor_id: 'teacher' })
    await aTeam(api, { name: 'grown', members: ['learner'] })

    expect(await member('learner')).toMatchObject({ team_name: 'grown', level: 'ramped', mentor_id: null })
    expect((await traitsOf('grown')).size).toBe(0)
  })
})

describe('bad input changes nothing', () => {
  const hours = (fields: object) => ({ working_hours: { ...OFFICE, ...fields } })

  test.each<[string, object, string]>([
    ['/member/setLimits', {}, 'max_open_reviews'],
    ['/member/setLimits', { max_open_reviews: -1 }, 'max_open_reviews'],
    ['/member/setLimits', { max_open_reviews: 1001 }, 'max_open_reviews'],
    ['/member/setLimits', { max_open_reviews: 1.5 }, 'max_open_reviews'],
    ['/member/setLimits', { max_open_reviews: '3' }, 'max_open_reviews'],
    ['/member/setLimits', { never_assign: null }, 'never_assign'],
    ['/member/setLimits', { never_assign_authors: ids('a', 1001) }, 'never_assign_authors'],
    ['/member/setLimits', { never_assign_authors: [''] }, 'never_assign_authors'],
    ['/member/setLimits', { never_assign_authors: null }, 'never_assign_authors'],
    ['/member/setLimits', { max_reviews: 1 }, 'max_reviews'],
    ['/member/setLimits', hours({ time_zone: 'Middle/Earth' }), 'working_hours.time_zone'],
    ['/member/setLimits', hours({ time_zone: '+03:00' }), 'working_hours.time_zone'],
    ['/member/setLimits', hours({ days: [] }), 'working_hours.days'],
    ['/member/setLimits', hours({ days: [0] }), 'working_hours.days'],
    ['/member/setLimits', hours({ days: [8] }), 'working_hours.days'],
    ['/member/setLimits', hours({ days: [1, 1] }), 'working_hours.days'],
    ['/member/setLimits', hours({ start: '9:00' }), 'working_hours.start'],
    ['/member/setLimits', hours({ start: '25:00' }), 'working_hours.start'],
    ['/member/setLimits', hours({ end: '24:01' }), 'working_hours.end'],
    ['/member/setLimits', hours({ end: '09:00' }), 'working_hours.end'],
    ['/member/setLimits', hours({ end: undefined }), 'working_hours.end'],
    ['/member/setLimits', hours({ lunch: '12:00' }), 'lunch'],
    ['/member/setRamp', {}, 'level'],
    ['/member/setRamp', { level: 'expert' }, 'level'],
    ['/member/setRamp', { level: 'ramped', mentor_id: 'bad-2' }, 'mentor_id'],
    ['/member/setRamp', { level: 'shadow', mentor_id: 7 }, 'mentor_id'],
    ['/member/setCalendar', {}, 'url'],
    ['/member/setCalendar', { url: '' }, 'url'],
    ['/member/setCalendar', { url: 'calendar' }, 'url'],
    ['/member/setCalendar', { url: 'ftp://calendar.example/' }, 'url'],
    ['/member/setCalendar', { url: 'file:///etc/passwd' }, 'url'],
    ['/member/setCalendar', { url: 'https://user:secret@calendar.example/' }, 'url'],
    ['/member/setCalendar', { url: `https://calendar.example/${'x'.repeat(2000)}` }, 'url'],
  ])('%s %j', async (path, fields, names) => {
    if ((await api.get('/team/get', { team_name: 'bad' })).status === 404) {
      await aTeam(api, { name: 'bad', members: ['bad-1', 'bad-2'] })
    }
    const before = await stored()

    const { status, body } = await api.post(path, { user_id: 'bad-1', ...fields })

    expect({ status, error: body.error }).toEqual({
      status: 400,
      error: { code: 'INVALID_REQUEST', message: expect.stringContaining(names) },
    })
    expect(body.error.message).not.toContain('secret')
    expect(await stored()).toEqual(before)
  })
})

describe('team/setPolicy', () => {
  const DEFAULTS = {
    policy: 'least-loaded',
    reviewers_wanted: 2,
    load_weight: 1.2,
    owners_mode: 'off',
    avoids_repeats: false,
    shadow_budget: 0.02,
    trial_policy: null,
  }

  test('sets any of the settings, and the others stay', async () => {
    const team_name = 'tuned'
    await aTeam(api, { name: team_name, members: ['tuned-1'] })
    const changes = [
      { load_weight: 2.5 },
      { owners_mode: 'require' },
      { avoids_repeats: true },
      { shadow_budget: 0 },
      { trial_policy: 'expertise' },
      { policy: 'expertise', reviewers_wanted: 1 },
      { trial_policy: null, avoids_repeats: false },
    ]
    const expected = { team_name, ...DEFAULTS }
    expect((await api.get('/team/getPolicy', { team_name })).body).toEqual({ policy: expected })

    for (const change of changes) {
      const before = await versionOf(team_name)
      Object.assign(expected, change)
      const { status, body } = await api.post('/team/setPolicy', { team_name, ...change })
      expect({ status, body }).toEqual({ status: 200, body: { policy: expected } })
      expect(await versionOf(team_name)).toBe(before + 1)
    }

    expect((await api.get('/team/getPolicy', { team_name })).body).toEqual({ policy: expected })
    const { body } = await api.get('/team/list', { limit: '500' })
    expect(body.teams.find((team: { team_name: string }) => team.team_name === team_name)).toEqual({
      ...expected,
      members: 1,
      active_members: 1,
    })
  })

  test.each([
    [{}, 'policy'],
    [{ load_weight: -0.1 }, 'load_weight'],
    [{ load_weight: 100.1 }, 'load_weight'],
    [{ load_weight: '1' }, 'load_weight'],
    [{ owners_mode: 'on' }, 'owners_mode'],
    [{ avoids_repeats: 1 }, 'avoids_repeats'],
    [{ shadow_budget: 1.1 }, 'shadow_budget'],
    [{ trial_policy: 'none' }, 'trial_policy'],
    [{ policy: null }, 'policy'],
  ])('refuses %j and changes nothing', async (change, names) => {
    const before = await stored()

    const { status, body } = await api.post('/team/setPolicy', { team_name: 'bad', ...change })

    expect(status).toBe(400)
    expect(body.error.message).toContain(names)
    expect(await stored()).toEqual(before)
  })

  test('a team that is none has no policy', async () => {
    expect(await api.get('/team/getPolicy', { team_name: 'nowhere' })).toMatchObject({
      status: 404,
      body: { error: { code: 'NOT_FOUND' } },
    })
  })
})
