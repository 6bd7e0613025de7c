import { expect, test } from 'bun:test'
import { aPullRequest, aTeam } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
const api = startServer(database)

test('a new team comes back whole, its members by user id', async () => {
  const members = [
    { user_id: 'new-c', username: 'Cleo', is_active: true },
    { user_id: 'new-a', username: 'Ada', is_active: false },
    { user_id: 'new-b', username: 'Bob', is_active: true },
  ]

  const { status, body } = await api.post('/team/add', { team_name: 'new', members })

  expect(status).toBe(201)
  expect(body).toEqual({ team: { team_name: 'new', members: [members[1], members[2], members[0]] } })
})

test('a team is read as it was added, without a wrapper', async () => {
  const members = [
    { user_id: 'read-a', username: 'Ada', is_active: true },
    { user_id: 'read-b', username: 'Bob', is_active: false },
  ]
  await api.post('/team/add', { team_name: 'read', members: members.toReversed() })

  const { status, body } = await api.get('/team/get', { team_name: 'read' })

  expect(status).toBe(200)
  expect(body).toEqual({ team_name: 'read', members })
})

test('members are ordered by code point, whatever the script and the locale', async () => {
  const inOrder = ['B', 'a', 'é', 'я', '\uff5e', '😀'].map((letter) => `order-${letter}`)
  const shuffled = [3, 5, 0, 4, 2, 1].map((index) => inOrder[index]!)
  const added = await api.post('/team/add', {
    team_name: 'order',
    members: shuffled.map((user_id) => ({ user_id, username: user_id, is_active: true })),
  })

  const read = await api.get('/team/get', { team_name: 'order' })

  expect(added.body.team.members.map(idOf)).toEqual(inOrder)
  expect(read.body.members.map(idOf)).toEqual(inOrder)
})

test('a team may be without members', async () => {
  const added = await api.post('/team/add', { team_name: 'empty', members: [] })
  const read = await api.get('/team/get', { team_name: 'empty' })

  expect([added.status, added.body]).toEqual([201, { team: { team_name: 'empty', members: [] } }])
  expect([read.status, read.body]).toEqual([200, { team_name: 'empty', members: [] }])
})

test('a team cannot be added twice', async () => {
  await aTeam(api, { name: 'twice', members: ['twice-a'] })

  const { status, body } = await api.post('/team/add', { team_name: 'twice', members: [] })

  expect(status).toBe(400)
  expect(body).toEqual({ error: { code: 'TEAM_EXISTS', message: expect.stringContaining('twice') } })
})

test('adding a team that exists moves, adds and renames nobody', async () => {
  await aTeam(api, { name: 'kept', members: ['kept-a'] })
  await aTeam(api, { name: 'kept-too', members: ['kept-b'] })
  const before = await everything()

  await api.post('/team/add', {
    team_name: 'kept',
    members: [
      { user_id: 'kept-a', username: 'Renamed', is_active: false },
      { user_id: 'kept-b', username: 'Moved', is_active: true },
      { user_id: 'kept-c', username: 'Added', is_active: true },
    ],
  })

  expect(await everything()).toEqual(before)
})

test('a team that nobody added is not found', async () => {
  const { status, body } = await api.get('/team/get', { team_name: 'nowhere' })

  expect(status).toBe(404)
  expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('nowhere') } })
})

test('a member of another team moves to the new one, with the new name and flag', async () => {
  await aTeam(api, { name: 'old-home', members: ['mover', 'stayer'] })

  await api.post('/team/add', {
    team_name: 'new-home',
    members: [{ user_id: 'mover', username: 'New name', is_active: false }],
  })

  expect((await api.get('/team/get', { team_name: 'old-home' })).body.members.map(idOf)).toEqual(['stayer'])
  expect((await api.get('/team/get', { team_name: 'new-home' })).body.members).toEqual([
    { user_id: 'mover', username: 'New name', is_active: false },
  ])
  expect((await api.get('/users/get', { user_id: 'mover' })).body).toEqual({
    user_id: 'mover',
    username: 'New name',
    team_name: 'new-home',
    is_active: false,
  })
})

test('open reviews stay with a member who moves', async () => {
  await aTeam(api, { name: 'leaving', members: ['leaving-author', 'leaving-reviewer'] })
  const { body: opened } = await api.post(
    '/pullRequest/create',
    aPullRequest({ id: 'leaving-1', author: 'leaving-author' }),
  )

  await aTeam(api, { name: 'arrived', members: ['leaving-reviewer'] })

  expect((await api.get('/pullRequest/get', { pull_request_id: 'leaving-1' })).body).toMatchObject(opened.pr)
  expect((await api.get('/users/getReview', { user_id: 'leaving-reviewer' })).body.pull_requests).toHaveLength(1)
})

test('whoever has moved away is not asked by the old team any more', async () => {
  await aTeam(api, { name: 'shrinking', members: ['shrinking-author', 'shrinking-a', 'shrinking-b'] })
  await api.post('/pullRequest/create', aPullRequest({ id: 'shrinking-1', author: 'shrinking-author' }))

  await aTeam(api, { name: 'growing', members: ['shrinking-a'] })
  const { body } = await api.post(
    '/pullRequest/create',
    aPullRequest({ id: 'shrinking-2', author: 'shrinking-author' }),
  )

  expect(body.pr.assigned_reviewers).toEqual(['shrinking-b'])
})

test('whoever has moved opens pull requests for the new team', async () => {
  await aTeam(api, { name: 'before-move', members: ['moved-author', 'before-move-a'] })
  await api.post('/pullRequest/create', aPullRequest({ id: 'moved-1', author: 'moved-author' }))

  await aTeam(api, { name: 'after-move', members: ['moved-author', 'after-move-a'] })
  const { body } = await api.post('/pullRequest/create', aPullRequest({ id: 'moved-2', author: 'moved-author' }))

  expect(body.pr.assigned_reviewers).toEqual(['after-move-a'])
})

test('the same user twice in one team is refused, and nothing is written', async () => {
  const member = { user_id: 'double', username: 'Double', is_active: true }
  const other = { user_id: 'not-double', username: 'Other', is_active: true }

  const { status, body } = await api.post('/team/add', { team_name: 'doubled', members: [member, other, member] })

  expect(status).toBe(400)
  expect(body).toEqual({ error: { code: 'INVALID_REQUEST', message: expect.stringContaining('members[2].user_id') } })
  expect((await api.get('/team/get', { team_name: 'doubled' })).status).toBe(404)
  expect((await api.get('/users/get', { user_id: 'double' })).status).toBe(404)
  expect((await api.get('/users/get', { user_id: 'not-double' })).status).toBe(404)
})

test('a team of 10,000 members goes in and comes out', async () => {
  const members = Array.from({ length: 10_000 }, (_, index) => ({
    user_id: `u${String(index).padStart(5, '0')}`,
    username: `Member ${index}`,
    is_active: index % 3 > 0,
  }))

  const added = await api.post('/team/add', { team_name: 'big', members: members.toReversed() })
  const read = await api.get('/team/get', { team_name: 'big' })

  expect(added.status).toBe(201)
  expect(added.body).toEqual({ team: { team_name: 'big', members } })
  expect(read.body).toEqual({ team_name: 'big', members })
})

test('a team of 10,000 members reviews: active ones only, never the author', async () => {
  const members = Array.from({ length: 10_000 }, (_, index) => `crowd-${String(index).padStart(5, '0')}`)
  await aTeam(api, {
    name: 'crowd',
    members: members.map((id, index) => ({ id, isActive: index % 2 === 0 })),
  })

  const { status, body } = await api.post('/pullRequest/create', aPullRequest({ id: 'crowd-1', author: members[0]! }))

  expect(status).toBe(201)
  const chosen: string[] = body.pr.assigned_reviewers
  expect(new Set(chosen).size).toBe(2)
  expect(chosen.map((id) => members.indexOf(id)).filter((index) => index % 2 === 1 || index < 1)).toEqual([])
})

test('a team may have any name and members of 255 characters', async () => {
  const long = 'ж'.repeat(255)

  const { status } = await api.post('/team/add', {
    team_name: long,
    members: [{ user_id: long, username: long, is_active: true }],
  })

  expect(status).toBe(201)
  expect((await api.get('/team/get', { team_name: long })).body).toEqual({
    team_name: long,
    members: [{ user_id: long, username: long, is_active: true }],
  })
})

function idOf({ user_id }: { user_id: string }): string {
  return user_id
}

function everything(): Promise<object[]> {
  return database.sql('SELECT m.*, t.roster_version FROM team t LEFT JOIN member m USING (workspace_id, team_name)')
}
