import { describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'

type Row = Record<string, unknown>
type Query = Readonly<Record<string, string>>

const database = await freshDatabase()
const api = startServer(database)

const teams = ids('team-', 16)
for (const [index, name] of teams.entries()) {
  const members = ids(`${name}-u`, (index % 4) + 1).map((id, place) => ({ id, isActive: place !== 1 }))
  await aTeam(api, { name, members })
}
await aTeam(api, { name: 'crew', members: ids('crew-', 5) })
for (const [index, id] of ids('pr-', 45).entries()) {
  await api.post('/pullRequest/create', aPullRequest({ id, author: `crew-${(index % 3) + 1}` }))
  if (index % 4 === 0) await api.post('/pullRequest/merge', { pull_request_id: id })
}
await api.post('/pullRequest/create', aPullRequest({ id: 'other', author: 'team-16-u1' }))

/** Every row of a list, a page of `limit` after the other. */
async function walk(path: string, key: string, query: Query, limit: number): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: Query = {}
  for (;;) {
    const { status, body } = await api.get(path, { ...query, limit: String(limit), ...cursor })
    expect(status).toBe(200)
    expect(body[key].length).toBeLessThanOrEqual(limit)
    rows.push(...body[key])
    if (body.next_cursor === null) return rows
    expect(body[key]).toHaveLength(limit)
    cursor = { cursor: body.next_cursor }
  }
}

async function whole(path: string, key: string, query: Query = {}): Promise<Row[]> {
  const { body } = await api.get(path, { ...query, limit: '500' })
  expect(body).toEqual({ [key]: expect.any(Array), next_cursor: null })
  return body[key]
}

describe('users/get', () => {
  test('shows a user', async () => {
    const { status, body } = await api.get('/users/get', { user_id: 'team-02-u2' })

    expect(status).toBe(200)
    expect(body).toEqual({
      user_id: 'team-02-u2',
      username: 'Name of team-02-u2',
      team_name: 'team-02',
      is_active: false,
    })
  })

  test('does not find an unknown user', async () => {
    const { status, body } = await api.get('/users/get', { user_id: 'stranger' })

    expect(status).toBe(404)
    expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('stranger') } })
  })
})

describe('pullRequest/get', () => {
  test('shows a pull request as it was opened', async () => {
    await aTeam(api, { name: 'shown', members: ids('shown-', 3) })
    const { body: opened } = await api.post('/pullRequest/create', aPullRequest({ id: 'shown', author: 'shown-1' }))

    const { status, body } = await api.get('/pullRequest/get', { pull_request_id: 'shown' })

    expect(status).toBe(200)
    expect(body).toEqual({
      ...opened.pr,
      needMoreReviewers: false,
      missing_reviewers: 0,
      missing_reason: null,
      chosen_by_hand: [],
      shadow_reviewer: null,
      is_draft: false,
      repository: null,
      url: null,
      labels: [],
      files: [],
    })
  })

  test('does not find an unknown pull request', async () => {
    const { status, body } = await api.get('/pullRequest/get', { pull_request_id: 'not-there' })

    expect(status).toBe(404)
    expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('not-there') } })
  })
})

describe('team/list', () => {
  test('shows each team by name with its policy and its people counted', async () => {
    await api.post('/team/setPolicy', { team_name: 'team-03', policy: 'random', reviewers_wanted: 1 })

    const rows = await whole('/team/list', 'teams')

    const names = rows.map((row) => String(row['team_name']))
    expect(names.filter((name) => teams.includes(name))).toEqual(teams)
    expect(names).toEqual(names.toSorted())
    expect(rows.find((row) => row['team_name'] === 'team-03')).toEqual({
      team_name: 'team-03',
      policy: 'random',
      reviewers_wanted: 1,
      load_weight: 1.2,
      owners_mode: 'off',
      avoids_repeats: false,
      shadow_budget: 0.02,
      trial_policy: null,
      members: 3,
      active_members: 2,
    })
  })

  test('counts nobody in a team without members', async () => {
    await aTeam(api, { name: 'empty', members: [] })

    const rows = await whole('/team/list', 'teams')

    expect(rows.find((row) => row['team_name'] === 'empty')).toMatchObject({ members: 0, active_members: 0 })
  })
})

describe('users/list', () => {
  test('shows each user by id', async () => {
    const rows = await whole('/users/list', 'users')

    const userIds = rows.map((row) => String(row['user_id']))
    expect(userIds).toEqual(userIds.toSorted())
    expect(userIds).toEqual(expect.arrayContaining(['crew-1', 'team-01-u1', 'team-16-u4']))
    expect(rows.find((row) => row['user_id'] === 'team-04-u2')).toEqual({
      user_id: 'team-04-u2',
      username: 'Name of team-04-u2',
      team_name: 'team-04',
      is_active: false,
    })
  })

  test.each([
    ['those of one team', { team_name: 'team-04' }, ['team-04-u1', 'team-04-u2', 'team-04-u3', 'team-04-u4']],
    ['the active ones of a team', { team_name: 'team-03', is_active: 'true' }, ['team-03-u1', 'team-03-u3']],
    ['the inactive ones of a team', { team_name: 'team-03', is_active: 'false' }, ['team-03-u2']],
    ['nobody of an unknown team', { team_name: 'nowhere' }, []],
  ])('can be asked for %s', async (_, query, expected) => {
    const rows = await whole('/users/list', 'users', query)

    expect(rows.map((row) => row['user_id'])).toEqual(expected)
  })

  test('can be asked for the inactive ones of all teams', async () => {
    const rows = await whole('/users/list', 'users', { is_active: 'false' })

    expect(rows.map((row) => row['user_id'])).toEqual(
      teams.filter((_, index) => index % 4 > 0).map((name) => `${name}-u2`),
    )
  })
})

describe('pullRequest/list', () => {
  test('shows each pull request whole, newest first', async () => {
    const rows = await whole('/pullRequest/list', 'pull_requests', { team_name: 'crew' })

    expect(rows.map((row) => row['pull_request_id'])).toEqual(ids('pr-', 45).toReversed())
    for (const row of rows.slice(0, 5)) {
      const { body } = await api.get('/pullRequest/get', { pull_request_id: String(row['pull_request_id']) })
      expect(body).toMatchObject(row)
    }
  })

  test.each([
    ['the open ones', { status: 'OPEN' }],
    ['the merged ones', { status: 'MERGED' }],
    ['those of an author', { author_id: 'crew-2' }],
    ['those of a reviewer', { reviewer_id: 'crew-5' }],
    ['those of a team', { team_name: 'team-16' }],
    ['the open ones of an author for a reviewer', { status: 'OPEN', author_id: 'crew-1', reviewer_id: 'crew-4' }],
    ['the merged ones of a team by an author', { status: 'MERGED', author_id: 'crew-3', team_name: 'crew' }],
    ['an author of another team', { author_id: 'crew-1', team_name: 'team-16' }],
    ['an unknown reviewer', { reviewer_id: 'stranger' }],
  ])('can be asked for %s', async (_, query: Query) => {
    const all = await whole('/pullRequest/list', 'pull_requests')
    const expected = all.filter((row) =>
      Object.entries(query).every(([field, value]) => {
        if (field === 'reviewer_id') return (row['assigned_reviewers'] as string[]).includes(value)
        if (field === 'team_name') return String(row['author_id']).startsWith(value)
        return row[field] === value
      }),
    )

    expect(await whole('/pullRequest/list', 'pull_requests', query)).toEqual(expected)
  })

  test('a pull request belongs to the team its author was in when it was opened', async () => {
    await aTeam(api, { name: 'then', members: ['nomad'] })
    await api.post('/pullRequest/create', aPullRequest({ id: 'nomad', author: 'nomad' }))
    await aTeam(api, { name: 'later', members: ['nomad'] })

    expect(await whole('/pullRequest/list', 'pull_requests', { team_name: 'then' })).toHaveLength(1)
    expect(await whole('/pullRequest/list', 'pull_requests', { team_name: 'later' })).toEqual([])
  })
})

describe.each<[string, string, string, Query]>([
  ['all teams', '/team/list', 'teams', {}],
  ['all users', '/users/list', 'users', {}],
  ['active users', '/users/list', 'users', { is_active: 'true' }],
  ['all pull requests', '/pullRequest/list', 'pull_requests', {}],
  ['open pull requests of a team', '/pullRequest/list', 'pull_requests', { status: 'OPEN', team_name: 'crew' }],
  ['pull requests of a reviewer', '/pullRequest/list', 'pull_requests', { reviewer_id: 'crew-4' }],
  ['open pull requests of an author', '/pullRequest/list', 'pull_requests', { author_id: 'crew-1', status: 'OPEN' }],
])('the pages of %s', (_, path, key, query) => {
  test.each([1, 7])('of %i rows add up to the whole', async (limit) => {
    const all = await whole(path, key, query)

    expect(all.length).toBeGreaterThan(7)
    expect(await walk(path, key, query, limit)).toEqual(all)
  })

  test('end without an empty page when the last one is full', async () => {
    const all = await whole(path, key, query)

    const { body } = await api.get(path, { ...query, limit: String(all.length) })

    expect(body).toEqual({ [key]: all, next_cursor: null })
  })
})

test('lists answer fifty rows where no limit is given', async () => {
  await aTeam(api, { name: 'hundred', members: ids('hundred-', 100) })

  const { body } = await api.get('/users/list', { team_name: 'hundred' })

  expect(body.users).toHaveLength(50)
  expect(body.next_cursor).toBeString()
})

test('a walk among concurrent inserts sees each row that was there exactly once, and none twice', async () => {
  await aTeam(api, { name: 'busy', members: ids('busy-', 3) })
  const create = (id: string) => api.post('/pullRequest/create', aPullRequest({ id, author: 'busy-1' }))
  const before = ids('busy-old-', 30)
  for (const id of before) await create(id)

  const [walked] = await Promise.all([
    walk('/pullRequest/list', 'pull_requests', { team_name: 'busy' }, 7),
    ...ids('busy-new-', 100).map(create),
  ])

  const seen = walked.map((row) => String(row['pull_request_id']))
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen.filter((id) => before.includes(id))).toEqual(before.toReversed())
})

test('pull requests opened at the same moment are all seen, in one order', async () => {
  await aTeam(api, { name: 'moment', members: ids('moment-', 3) })
  for (const id of ids('moment-', 10)) await api.post('/pullRequest/create', aPullRequest({ id, author: 'moment-1' }))
  await database.sql(`UPDATE pull_request SET created_at = '2026-01-01T00:00:00Z' WHERE team_name = 'moment'`)
  const all = await whole('/pullRequest/list', 'pull_requests', { team_name: 'moment' })

  expect(all).toHaveLength(10)
  expect(await walk('/pullRequest/list', 'pull_requests', { team_name: 'moment' }, 3)).toEqual(all)
})

test('rows that come in front of a cursor do not move the page behind it', async () => {
  await aTeam(api, { name: 'still', members: ids('still-', 3) })
  const create = (id: string) => api.post('/pullRequest/create', aPullRequest({ id, author: 'still-1' }))
  for (const id of ids('still-old-', 9)) await create(id)
  const { body: first } = await api.get('/pullRequest/list', { team_name: 'still', limit: '4' })
  const page = () => api.get('/pullRequest/list', { team_name: 'still', limit: '4', cursor: first.next_cursor })
  const before = await page()

  for (const id of ids('still-new-', 5)) await create(id)

  expect((await page()).body).toEqual(before.body)
})
