import { expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

const database = await freshDatabase()
const api = startServer(database)

test('a new pull request comes back whole, open and with two reviewers of the team', async () => {
  await aTeam(api, { name: 'new', members: ['new-author', 'new-a', 'new-b', 'new-c'] })

  const { status, body } = await api.post('/pullRequest/create', {
    pull_request_id: 'new-1',
    pull_request_name: 'Add search',
    author_id: 'new-author',
  })

  expect(status).toBe(201)
  expect(body).toEqual({
    pr: {
      pull_request_id: 'new-1',
      pull_request_name: 'Add search',
      author_id: 'new-author',
      status: 'OPEN',
      assigned_reviewers: expect.any(Array),
      createdAt: expect.stringMatching(UTC),
      mergedAt: null,
    },
  })
  const reviewers: string[] = body.pr.assigned_reviewers
  expect(new Set(reviewers).size).toBe(2)
  expect(['new-a', 'new-b', 'new-c']).toEqual(expect.arrayContaining(reviewers))
})

test('the time of creation is now', async () => {
  await aTeam(api, { name: 'now', members: ['now-author'] })
  const before = Date.now()

  const { body } = await api.post('/pullRequest/create', aPullRequest({ id: 'now-1', author: 'now-author' }))

  const createdAt = Date.parse(body.pr.createdAt)
  expect(createdAt).toBeGreaterThanOrEqual(before - 60_000)
  expect(createdAt).toBeLessThanOrEqual(Date.now() + 60_000)
})

test.each([
  ['one, where one candidate is there', ['a'], ['a']],
  ['none, where the author is alone', [], []],
  ['one, where the others are not active', ['a', 'off-b', 'off-c'], ['a']],
  ['none, where nobody else is active', ['off-a', 'off-b'], []],
])('a pull request gets %s', async (title, others, expected) => {
  const members = others.map((name) => ({ id: `${title} ${name}`, isActive: !name.startsWith('off-') }))
  await aTeam(api, { name: title, members: [`${title} author`, ...members] })

  const { status, body } = await api.post('/pullRequest/create', aPullRequest({ id: title, author: `${title} author` }))

  expect(status).toBe(201)
  expect(body.pr.assigned_reviewers).toEqual(expected.map((name) => `${title} ${name}`))
})

test('reviewers come from the team of the author alone', async () => {
  await aTeam(api, { name: 'ours', members: ['ours-author', 'ours-a', 'ours-b'] })
  await aTeam(api, { name: 'theirs', members: ids('theirs-', 20) })

  for (const id of ids('ours-', 10)) {
    const { body } = await api.post('/pullRequest/create', aPullRequest({ id, author: 'ours-author' }))
    expect(body.pr.assigned_reviewers.toSorted()).toEqual(['ours-a', 'ours-b'])
  }
})

test('an inactive member is never assigned', async () => {
  const active = ['never-a', 'never-b', 'never-c']
  const inactive = ids('never-off-', 6).map((id) => ({ id, isActive: false }))
  await aTeam(api, { name: 'never', members: ['never-author', ...active, ...inactive] })

  for (const id of ids('never-', 30)) {
    const { body } = await api.post('/pullRequest/create', aPullRequest({ id, author: 'never-author' }))
    expect(active).toEqual(expect.arrayContaining(body.pr.assigned_reviewers))
    expect(body.pr.assigned_reviewers).toHaveLength(2)
  }
})

test('an inactive author may open a pull request', async () => {
  await aTeam(api, { name: 'away', members: [{ id: 'away-author', isActive: false }, 'away-a'] })

  const { status, body } = await api.post('/pullRequest/create', aPullRequest({ id: 'away-1', author: 'away-author' }))

  expect(status).toBe(201)
  expect(body.pr.assigned_reviewers).toEqual(['away-a'])
})

test('an author whom nobody knows is not found, and nothing is written', async () => {
  const { status, body } = await api.post('/pullRequest/create', aPullRequest({ id: 'ghost-1', author: 'ghost' }))

  expect(status).toBe(404)
  expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('ghost') } })
  expect((await api.get('/pullRequest/get', { pull_request_id: 'ghost-1' })).status).toBe(404)
})

test('an id cannot be used twice, and the first pull request stays as it was', async () => {
  await aTeam(api, { name: 'dup', members: ['dup-author', 'dup-a', 'dup-b'] })
  const { body: opened } = await api.post('/pullRequest/create', aPullRequest({ id: 'dup-1', author: 'dup-author' }))

  const { status, body } = await api.post('/pullRequest/create', {
    ...aPullRequest({ id: 'dup-1', author: 'dup-a' }),
    pull_request_name: 'Another name',
  })

  expect(status).toBe(409)
  expect(body).toEqual({ error: { code: 'PR_EXISTS', message: expect.stringContaining('dup-1') } })
  expect((await api.get('/pullRequest/get', { pull_request_id: 'dup-1' })).body).toMatchObject(opened.pr)
})

test('an id that exists is told before an author who does not', async () => {
  await aTeam(api, { name: 'first', members: ['first-author'] })
  await api.post('/pullRequest/create', aPullRequest({ id: 'first-1', author: 'first-author' }))

  const { status, body } = await api.post('/pullRequest/create', aPullRequest({ id: 'first-1', author: 'ghost' }))

  expect([status, body.error.code]).toEqual([409, 'PR_EXISTS'])
})

test('the id of a merged pull request cannot be used again', async () => {
  await aTeam(api, { name: 'used', members: ['used-author'] })
  await api.post('/pullRequest/create', aPullRequest({ id: 'used-1', author: 'used-author' }))
  await api.post('/pullRequest/merge', { pull_request_id: 'used-1' })

  const { status, body } = await api.post('/pullRequest/create', aPullRequest({ id: 'used-1', author: 'used-author' }))

  expect([status, body.error.code]).toEqual([409, 'PR_EXISTS'])
})

test('merging answers with the pull request, merged and timed', async () => {
  await aTeam(api, { name: 'merge', members: ['merge-author', 'merge-a', 'merge-b'] })
  const { body: opened } = await api.post(
    '/pullRequest/create',
    aPullRequest({ id: 'merge-1', author: 'merge-author' }),
  )

  const { status, body } = await api.post('/pullRequest/merge', { pull_request_id: 'merge-1' })

  expect(status).toBe(200)
  expect(body).toEqual({ pr: { ...opened.pr, status: 'MERGED', mergedAt: expect.stringMatching(UTC) } })
  expect(Date.parse(body.pr.mergedAt)).toBeGreaterThanOrEqual(Date.parse(opened.pr.createdAt))
})

test('merging again is harmless, and the time of merging never changes', async () => {
  await aTeam(api, { name: 'again', members: ['again-author', 'again-a'] })
  await api.post('/pullRequest/create', aPullRequest({ id: 'again-1', author: 'again-author' }))
  const first = await api.post('/pullRequest/merge', { pull_request_id: 'again-1' })

  await Bun.sleep(5)
  const second = await api.post('/pullRequest/merge', { pull_request_id: 'again-1' })

  expect(second.status).toBe(200)
  expect(second.body).toEqual(first.body)
  expect((await api.get('/pullRequest/get', { pull_request_id: 'again-1' })).body).toMatchObject(first.body.pr)
})

test('a pull request that nobody opened cannot be merged', async () => {
  const { status, body } = await api.post('/pullRequest/merge', { pull_request_id: 'no-such' })

  expect(status).toBe(404)
  expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('no-such') } })
})

test('the reviewers of a merged pull request stay, whatever happens to the people', async () => {
  await aTeam(api, { name: 'final', members: ['final-author', 'final-a', 'final-b', 'final-c'] })
  await api.post('/pullRequest/create', aPullRequest({ id: 'final-1', author: 'final-author' }))
  const { body: merged } = await api.post('/pullRequest/merge', { pull_request_id: 'final-1' })
  const [one, two] = merged.pr.assigned_reviewers

  await api.post('/pullRequest/reassign', { pull_request_id: 'final-1', old_user_id: one })
  await api.post('/users/setIsActive', { user_id: one, is_active: false })
  await aTeam(api, { name: 'elsewhere', members: [two] })
  await api.post('/team/deactivateMembers', { team_name: 'final' })
  await api.post('/team/undoDeactivation', { team_name: 'final' })

  expect((await api.get('/pullRequest/get', { pull_request_id: 'final-1' })).body).toMatchObject(merged.pr)
})

test('all that was written here keeps the rules of the contract', async () => {
  const found = await violations(database)

  expect(found).toEqual(noViolations(found))
})
