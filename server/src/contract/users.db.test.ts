import { expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'

const api = startServer(await freshDatabase())

test('switching a user off answers with the user', async () => {
  await aTeam(api, { name: 'off', members: ['off-a'] })

  const { status, body } = await api.post('/users/setIsActive', { user_id: 'off-a', is_active: false })

  expect(status).toBe(200)
  expect(body).toEqual({ user: { user_id: 'off-a', username: 'Name of off-a', team_name: 'off', is_active: false } })
})

test('the flag is seen wherever the user is read', async () => {
  await aTeam(api, { name: 'seen', members: ['seen-a'] })
  await api.post('/users/setIsActive', { user_id: 'seen-a', is_active: false })

  expect((await api.get('/team/get', { team_name: 'seen' })).body.members[0].is_active).toBeFalse()
  expect((await api.get('/users/get', { user_id: 'seen-a' })).body.is_active).toBeFalse()
  expect((await api.get('/users/list', { team_name: 'seen' })).body.users[0].is_active).toBeFalse()
})

test('switching a user to what they are already is harmless', async () => {
  await aTeam(api, { name: 'again', members: ['again-a'] })

  const first = await api.post('/users/setIsActive', { user_id: 'again-a', is_active: true })
  const second = await api.post('/users/setIsActive', { user_id: 'again-a', is_active: true })

  expect([first.status, second.status]).toEqual([200, 200])
  expect(second.body).toEqual(first.body)
})

test('an unknown user cannot be switched', async () => {
  const { status, body } = await api.post('/users/setIsActive', { user_id: 'stranger', is_active: true })

  expect(status).toBe(404)
  expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('stranger') } })
})

test('open reviews stay with whoever is switched off', async () => {
  await aTeam(api, { name: 'holiday', members: ['holiday-author', 'holiday-a', 'holiday-b'] })
  const { body: opened } = await api.post(
    '/pullRequest/create',
    aPullRequest({ id: 'holiday-1', author: 'holiday-author' }),
  )

  await api.post('/users/setIsActive', { user_id: 'holiday-a', is_active: false })

  expect((await api.get('/pullRequest/get', { pull_request_id: 'holiday-1' })).body).toMatchObject(opened.pr)
  expect((await api.get('/users/getReview', { user_id: 'holiday-a' })).body.pull_requests).toHaveLength(1)
})

test('whoever is switched off is not assigned until switched on again', async () => {
  await aTeam(api, { name: 'pause', members: ['pause-author', 'pause-a'] })
  const reviewersOf = async (id: string) =>
    (await api.post('/pullRequest/create', aPullRequest({ id, author: 'pause-author' }))).body.pr.assigned_reviewers

  expect(await reviewersOf('pause-1')).toEqual(['pause-a'])
  await api.post('/users/setIsActive', { user_id: 'pause-a', is_active: false })
  expect(await reviewersOf('pause-2')).toEqual([])
  await api.post('/users/setIsActive', { user_id: 'pause-a', is_active: true })
  expect(await reviewersOf('pause-3')).toEqual(['pause-a'])
})

test('getReview lists what somebody reviews, open and merged, newest first', async () => {
  await aTeam(api, { name: 'list', members: ['list-author', 'list-a'] })
  const pullRequests = ids('list-', 5)
  for (const id of pullRequests) await api.post('/pullRequest/create', aPullRequest({ id, author: 'list-author' }))
  await api.post('/pullRequest/merge', { pull_request_id: 'list-3' })

  const { status, body } = await api.get('/users/getReview', { user_id: 'list-a' })

  expect(status).toBe(200)
  expect(body).toEqual({
    user_id: 'list-a',
    pull_requests: pullRequests.toReversed().map((id) => ({
      pull_request_id: id,
      pull_request_name: `Change ${id}`,
      author_id: 'list-author',
      status: id === 'list-3' ? 'MERGED' : 'OPEN',
    })),
  })
})

test('getReview does not list what somebody wrote', async () => {
  await aTeam(api, { name: 'wrote', members: ['wrote-author', 'wrote-a'] })
  await api.post('/pullRequest/create', aPullRequest({ id: 'wrote-1', author: 'wrote-author' }))

  const { body } = await api.get('/users/getReview', { user_id: 'wrote-author' })

  expect(body).toEqual({ user_id: 'wrote-author', pull_requests: [] })
})

test('getReview of an unknown user is an empty list', async () => {
  const { status, body } = await api.get('/users/getReview', { user_id: 'nobody at all' })

  expect(status).toBe(200)
  expect(body).toEqual({ user_id: 'nobody at all', pull_requests: [] })
})

test('a reassigned review leaves the list of the one and enters that of the other', async () => {
  await aTeam(api, { name: 'hand', members: ['hand-author', 'hand-a', 'hand-b', 'hand-c'] })
  const { body: opened } = await api.post('/pullRequest/create', aPullRequest({ id: 'hand-1', author: 'hand-author' }))
  const [oldId] = opened.pr.assigned_reviewers

  const { body } = await api.post('/pullRequest/reassign', { pull_request_id: 'hand-1', old_user_id: oldId })

  const reviewsOf = async (user_id: string) => (await api.get('/users/getReview', { user_id })).body.pull_requests
  expect(await reviewsOf(oldId)).toEqual([])
  expect(await reviewsOf(body.replaced_by)).toHaveLength(1)
})
