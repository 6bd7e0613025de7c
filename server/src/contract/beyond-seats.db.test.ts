import { describe, expect, test } from 'bun:test'
import { aTeam, ids } from '../testing/builders.ts'
import { until } from '../testing/change-feed.ts'
import { freshDatabase } from '../testing/database.ts'
import {
  bodyOf,
  decisionsOf,
  exclusionsOf,
  kindsOf,
  merge,
  open,
  replayed,
  sendAway,
  setLimits,
  setPolicy,
  setRamp,
  shown,
  untilFilled,
} from '../testing/deciding.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
const api = startServer(database, { FILL_SEATS_EVERY_MS: '30' })
const another = startServer(database, { FILL_SEATS_EVERY_MS: '30' })

/** Long enough for many passes of both processes. */
function someTime(): Promise<void> {
  return Bun.sleep(300)
}

describe('a team that is too small', () => {
  test.each<[string, string[], number, string]>([
    ['nobody', [], 2, 'NO_ACTIVE_TEAMMATE'],
    ['one', ['one-a'], 1, 'EVERY_TEAMMATE_EXCLUDED'],
  ])('leaves seats empty, and says so: %s', async (name, others, missing_reviewers, code) => {
    await aTeam(api, { name, members: [`${name}-z`, ...others, { id: `${name}-off`, isActive: false }] })

    expect(await open(api, name, `${name}-z`)).toEqual(others)

    expect(await shown(api, name)).toMatchObject({
      needMoreReviewers: true,
      missing_reviewers,
      missing_reason: { code, message: expect.stringMatching(/\w/) },
      assigned_reviewers: others,
    })
    await someTime()
    expect(await kindsOf(api, name)).toEqual(['create'])
  })

  test('misses nobody where none are wanted', async () => {
    await aTeam(api, { name: 'none', members: ['none-z'] })
    await setPolicy(api, 'none', { reviewers_wanted: 0 })

    await open(api, 'none', 'none-z')

    expect(await shown(api, 'none')).toMatchObject({ needMoreReviewers: false, missing_reason: null })
  })
})

type Case = {
  name: string
  code: string
  arrange: (free: string) => Promise<unknown>
  release: (free: string) => Promise<unknown>
}

const cases: Case[] = [
  {
    name: 'is switched on',
    code: 'NO_ACTIVE_TEAMMATE',
    arrange: (user_id) => api.post('/users/setIsActive', { user_id, is_active: false }),
    release: (user_id) => api.post('/users/setIsActive', { user_id, is_active: true }),
  },
  {
    name: 'comes back from an absence',
    code: 'ABSENT',
    arrange: (user_id) => sendAway(api, user_id, 1200),
    release: () => Promise.resolve(),
  },
  {
    name: 'falls below the cap by a merge',
    code: 'AT_CAP',
    arrange: async (user_id) => {
      await setPolicy(api, `team of ${user_id}`, { reviewers_wanted: 1 })
      await open(api, `filling ${user_id}`, `author of ${user_id}`)
      await setPolicy(api, `team of ${user_id}`, { reviewers_wanted: 2 })
      await setLimits(api, user_id, { max_open_reviews: 1 })
    },
    release: (user_id) => merge(api, `filling ${user_id}`),
  },
  {
    name: 'gets a higher cap',
    code: 'AT_CAP',
    arrange: (user_id) => setLimits(api, user_id, { max_open_reviews: 0 }),
    release: (user_id) => setLimits(api, user_id, { max_open_reviews: 2 }),
  },
  {
    name: 'may be assigned again',
    code: 'NEVER_ASSIGNED',
    arrange: (user_id) => setLimits(api, user_id, { never_assign: true }),
    release: (user_id) => setLimits(api, user_id, { never_assign: false }),
  },
  {
    name: 'is a shadow no more',
    code: 'SHADOW',
    arrange: (user_id) => setRamp(api, user_id, 'shadow'),
    release: (user_id) => setRamp(api, user_id, 'ramped'),
  },
  {
    name: 'is a newcomer no more',
    code: 'NEWCOMER_ALONE',
    arrange: (user_id) => setRamp(api, user_id, 'newcomer'),
    release: (user_id) => setRamp(api, user_id, 'ramped'),
  },
]

test.each(cases.map((one) => [one.name, one] as const))('a seat is filled when somebody %s', async (name, one) => {
  const free = `${name} a`
  await aTeam(api, { name: `team of ${free}`, members: [`author of ${free}`, free] })
  await one.arrange(free)
  expect(await open(api, name, `author of ${free}`)).toEqual([])
  expect(await shown(api, name)).toMatchObject({ missing_reviewers: 2, missing_reason: { code: one.code } })

  await one.release(free)

  await until(async () => (await shown(api, name)).assigned_reviewers.length > 0)
  expect(await shown(another, name)).toMatchObject({
    assigned_reviewers: [free],
    needMoreReviewers: true,
    missing_reviewers: 1,
    missing_reason: { code: 'EVERY_TEAMMATE_EXCLUDED' },
  })
  const decisions = await decisionsOf(api, name)
  expect(decisions.map(({ kind, actor, assigned }) => [kind, actor, assigned])).toEqual([
    ['create', 'local', []],
    ['fill', expect.stringContaining('fillSeats'), [free]],
  ])
  const { body: reviews } = await api.get('/users/getReview', { user_id: free })
  expect(reviews.pull_requests.map((one_: { pull_request_id: string }) => one_.pull_request_id)).toContain(name)
})

test('two processes that fill at once fill each seat once', async () => {
  const pullRequests = ids('crowd-pr-', 40)
  const [author, ...others] = ids('crowd-', 5)
  await aTeam(api, {
    name: 'crowd',
    members: [author!, ...others.map((id, index) => ({ id, isActive: index === 0 }))],
  })
  for (const id of pullRequests) await open(api, id, author!)
  expect(await shown(api, pullRequests[0]!)).toMatchObject({ missing_reviewers: 1 })

  await Promise.all(
    others
      .slice(1)
      .map((user_id, index) => (index === 0 ? api : another).post('/users/setIsActive', { user_id, is_active: true })),
  )
  await untilFilled(api, pullRequests)

  for (const id of pullRequests) {
    expect((await shown(another, id)).assigned_reviewers).toHaveLength(2)
    expect(await kindsOf(api, id)).toEqual(['create', 'fill'])
  }
  const loads = await database.sql<{ n: number }>(
    `SELECT count(*) AS n FROM pull_request, unnest(reviewer_ids) AS r (id) WHERE team_name = 'crowd' GROUP BY r.id`,
  )
  expect(loads.reduce((sum, { n }) => sum + n, 0)).toBe(80)
})

describe('a hand-over', () => {
  test('that leaves a slot open makes a vacancy, which is filled later', async () => {
    await aTeam(api, { name: 'over', members: ['over-z', 'over-a', 'over-b', { id: 'over-c', isActive: false }] })
    await open(api, 'over', 'over-z')

    const answer = await api.post('/team/deactivateMembers', { team_name: 'over', user_ids: ['over-a'] })
    expect(bodyOf(answer).deactivation.moves).toHaveLength(1)
    expect(await shown(api, 'over')).toMatchObject({ assigned_reviewers: ['over-b'], missing_reviewers: 1 })
    await api.post('/users/setIsActive', { user_id: 'over-c', is_active: true })

    await untilFilled(api, ['over'])
    expect((await shown(api, 'over')).assigned_reviewers).toEqual(['over-b', 'over-c'])
    expect(await kindsOf(api, 'over')).toEqual(['create', 'hand-over', 'fill'])
  })

  test('that is stopped by a cap makes a vacancy, which is filled after a merge', async () => {
    await aTeam(api, { name: 'full', members: ['full-z', 'full-a', 'full-b', { id: 'full-c', isActive: false }] })
    await open(api, 'full', 'full-z')
    await api.post('/users/setIsActive', { user_id: 'full-c', is_active: true })
    await setLimits(api, 'full-c', { max_open_reviews: 1 })
    await setPolicy(api, 'full', { reviewers_wanted: 1 })
    expect(await open(api, 'full-2', 'full-z')).toEqual(['full-c'])
    await api.post('/team/deactivateMembers', { team_name: 'full', user_ids: ['full-a'] })
    await until(async () => (await shown(api, 'full')).missing_reason?.code === 'AT_CAP')

    await merge(another, 'full-2')

    await untilFilled(api, ['full'])
    expect((await shown(api, 'full')).assigned_reviewers).toEqual(['full-b', 'full-c'])
  })

  test('that is undone takes its vacancy back', async () => {
    await aTeam(api, { name: 'undo', members: ['undo-z', 'undo-a', 'undo-b'] })
    const reviewers = await open(api, 'undo', 'undo-z')
    await api.post('/team/deactivateMembers', { team_name: 'undo', user_ids: ['undo-a'] })
    await someTime()

    await api.post('/team/undoDeactivation', { team_name: 'undo' })

    expect(await shown(api, 'undo')).toMatchObject({
      assigned_reviewers: reviewers,
      needMoreReviewers: false,
      missing_reason: null,
    })
    await someTime()
    expect(await kindsOf(api, 'undo')).toEqual(['create', 'hand-over', 'restore'])
  })
})

test('a merged pull request and a draft are left alone', async () => {
  await aTeam(api, { name: 'still', members: ['still-z', { id: 'still-a', isActive: false }] })
  await open(api, 'still-merged', 'still-z')
  await merge(api, 'still-merged')
  await open(api, 'still-draft', 'still-z')
  await api.post('/pullRequest/update', { pull_request_id: 'still-draft', is_draft: true })
  await open(api, 'still-open', 'still-z')

  await api.post('/users/setIsActive', { user_id: 'still-a', is_active: true })

  await until(async () => (await shown(api, 'still-open')).assigned_reviewers.length === 1)
  await someTime()
  expect((await shown(api, 'still-merged')).assigned_reviewers).toEqual([])
  expect((await shown(api, 'still-draft')).assigned_reviewers).toEqual([])
  expect(await exclusionsOf(api, 'still-open')).toEqual({ 'still-a': null, 'still-z': 'AUTHOR' })
})

test('after all of it no rule is broken, and every decision comes out the same again', async () => {
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))
  expect(await replayed(database)).toEqual({ replayed: expect.any(Number), differing: [] })
})
