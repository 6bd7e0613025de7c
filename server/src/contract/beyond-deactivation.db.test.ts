import { describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'
import { snapshotOf } from '../testing/snapshot.ts'

type Move = { pull_request_id: string; from_user_id: string; to_user_id: string | null; reason: string | null }
type PullRequest = { pull_request_id: string; status: string; assigned_reviewers: string[] }

const database = await freshDatabase()
const api = startServer(database)

async function create(id: string, author: string): Promise<PullRequest> {
  return (await api.post('/pullRequest/create', aPullRequest({ id, author }))).body.pr
}

async function pullRequestsOf(team_name: string): Promise<PullRequest[]> {
  return (await api.get('/pullRequest/list', { team_name, limit: '500' })).body.pull_requests
}

async function activeOf(team_name: string): Promise<string[]> {
  const { body } = await api.get('/users/list', { team_name, is_active: 'true' })
  return body.users.map(({ user_id }: { user_id: string }) => user_id)
}

/** A team `name` of the author `<name>-1` and others, with `count` open pull requests. */
async function team(name: string, { others, count }: { others: number; count: number }): Promise<string[]> {
  const members = Array.from({ length: others + 1 }, (_, index) => `${name}-${index + 1}`)
  await aTeam(api, { name, members })
  for (const id of ids(`${name}-pr-`, count)) await create(id, members[0]!)
  return members
}

async function deactivate(team_name: string, rest: object = {}) {
  const { status, body } = await api.post('/team/deactivateMembers', { team_name, ...rest })
  expect(status).toBe(200)
  return body.deactivation
}

/** The reviewers each pull request has after the moves, by hand. */
function afterMoves(before: readonly PullRequest[], moves: readonly Move[]): PullRequest[] {
  return before.map((pr) => {
    const mine = moves.filter((move) => move.pull_request_id === pr.pull_request_id)
    const reviewers = pr.assigned_reviewers.flatMap((id) => {
      const move = mine.find(({ from_user_id }) => from_user_id === id)
      if (move === undefined) return [id]
      return move.to_user_id === null ? [] : [move.to_user_id]
    })
    return { ...pr, assigned_reviewers: reviewers }
  })
}

test('a deactivation switches members off and says where each of their open reviews went', async () => {
  const [author, away, , ,] = await team('away', { others: 3, count: 1 })
  await api.post('/users/setIsActive', { user_id: 'away-4', is_active: false })
  const pr = await create('away-pr-2', author!)
  await api.post('/users/setIsActive', { user_id: 'away-4', is_active: true })
  await api.post('/pullRequest/merge', { pull_request_id: 'away-pr-1' })

  const { status, body } = await api.post('/team/deactivateMembers', { team_name: 'away', user_ids: [away] })

  expect(status).toBe(200)
  expect(body).toEqual({
    deactivation: {
      deactivation_id: expect.any(String),
      plan_id: expect.any(String),
      dry_run: false,
      team_name: 'away',
      deactivated: [away],
      moves: [{ pull_request_id: 'away-pr-2', from_user_id: away, to_user_id: 'away-4', reason: null }],
      moved: 1,
      left_open: 0,
    },
  })
  expect(await activeOf('away')).toEqual(['away-1', 'away-3', 'away-4'])
  const { body: after } = await api.get('/pullRequest/get', { pull_request_id: 'away-pr-2' })
  expect(after).toMatchObject({
    ...pr,
    assigned_reviewers: pr.assigned_reviewers.map((id) => (id === away ? 'away-4' : id)),
  })
})

test('a dry run changes nothing', async () => {
  await team('dry', { others: 5, count: 12 })
  const before = await snapshotOf(database)

  const plan = await deactivate('dry', { user_ids: ['dry-2', 'dry-3'], dry_run: true })

  expect(plan).toMatchObject({ deactivation_id: null, dry_run: true, deactivated: ['dry-2', 'dry-3'] })
  expect(plan.moves.length).toBeGreaterThan(0)
  expect(await snapshotOf(database)).toEqual(before)
})

test('a dry run of the same facts always plans the same', async () => {
  await team('same', { others: 5, count: 12 })
  const plan = () => deactivate('same', { user_ids: ['same-2', 'same-3'], dry_run: true })

  expect(await plan()).toEqual(await plan())
})

test.each([
  ['of some members', { user_ids: ['some-2', 'some-5'] }],
  ['of the whole team', {}],
])('a deactivation %s applies exactly the plan of its dry run', async (_, who) => {
  const name = 'user_ids' in who ? 'some' : 'all'
  await team(name, { others: 6, count: 20 })
  const before = await pullRequestsOf(name)
  const plan = await deactivate(name, { ...who, dry_run: true })

  const done = await deactivate(name, { ...who, plan_id: plan.plan_id })

  expect(done).toEqual({ ...plan, dry_run: false, deactivation_id: expect.any(String) })
  expect(await pullRequestsOf(name)).toEqual(afterMoves(before, done.moves))
  const leaving = before.flatMap((pr) => pr.assigned_reviewers).filter((id) => done.deactivated.includes(id))
  expect(done.moves).toHaveLength(leaving.length)
  expect(await activeOf(name)).toEqual('user_ids' in who ? ['some-1', 'some-3', 'some-4', 'some-6', 'some-7'] : [])
})

test('a deactivation without a plan applies what a dry run plans at that moment', async () => {
  await team('unplanned', { others: 5, count: 10 })
  const plan = await deactivate('unplanned', { user_ids: ['unplanned-2'], dry_run: true })

  const done = await deactivate('unplanned', { user_ids: ['unplanned-2'] })

  expect(done.moves).toEqual(plan.moves)
})

describe('a plan is refused, and nothing changes, after', () => {
  test.each<[string, (name: string) => Promise<unknown>]>([
    ['a new pull request with a leaving reviewer', (name) => create(`${name}-late`, `${name}-1`)],
    ['a merge', (name) => api.post('/pullRequest/merge', { pull_request_id: `${name}-pr-1` })],
    ['a member switched off', (name) => api.post('/users/setIsActive', { user_id: `${name}-4`, is_active: false })],
    [
      'a leaving member switched off',
      (name) => api.post('/users/setIsActive', { user_id: `${name}-2`, is_active: false }),
    ],
    ['a member moved away', (name) => aTeam(api, { name: `${name}-new`, members: [`${name}-4`] })],
  ])('%s', async (name, change) => {
    await team(name, { others: 3, count: 4 })
    const user_ids = [`${name}-2`, `${name}-3`]
    const { plan_id } = await deactivate(name, { user_ids, dry_run: true })
    await change(name)
    const before = await snapshotOf(database)

    const { status, body } = await api.post('/team/deactivateMembers', { team_name: name, user_ids, plan_id })

    expect(status).toBe(409)
    expect(body).toEqual({ error: { code: 'PLAN_CHANGED', message: expect.any(String) } })
    expect(await snapshotOf(database)).toEqual(before)
  })

  test('being made for other members', async () => {
    await team('mismatch', { others: 4, count: 6 })
    const { plan_id } = await deactivate('mismatch', { user_ids: ['mismatch-2'], dry_run: true })
    const before = await snapshotOf(database)

    const { status, body } = await api.post('/team/deactivateMembers', { team_name: 'mismatch', plan_id })

    expect([status, body.error.code]).toEqual([409, 'PLAN_CHANGED'])
    expect(await snapshotOf(database)).toEqual(before)
  })
})

test('where nobody active is left the slots stay open, each with the reason', async () => {
  await team('empty', { others: 3, count: 5 })

  const { deactivated, moves, moved, left_open } = await deactivate('empty')

  expect(deactivated).toEqual(['empty-1', 'empty-2', 'empty-3', 'empty-4'])
  expect([moved, left_open]).toEqual([0, 10])
  expect(moves.map(({ to_user_id, reason }: Move) => [to_user_id, reason])).toEqual(
    Array.from({ length: 10 }, () => [null, 'NO_ACTIVE_TEAMMATE']),
  )
  expect((await pullRequestsOf('empty')).flatMap((pr) => pr.assigned_reviewers)).toEqual([])
})

test('where everybody active is the author or reviews already the slot stays open, with the reason', async () => {
  await team('full', { others: 2, count: 2 })

  const { moves, moved, left_open } = await deactivate('full', { user_ids: ['full-2'] })

  expect([moved, left_open]).toEqual([0, 2])
  expect(moves.map(({ to_user_id, reason }: Move) => [to_user_id, reason])).toEqual([
    [null, 'EVERY_TEAMMATE_EXCLUDED'],
    [null, 'EVERY_TEAMMATE_EXCLUDED'],
  ])
  expect((await pullRequestsOf('full')).map((pr) => pr.assigned_reviewers)).toEqual([['full-3'], ['full-3']])
})

test('the reviews of one who leaves are spread evenly over those who stay', async () => {
  const others = ids('spread-', 5)
  await aTeam(api, {
    name: 'spread',
    members: ['spread-author', 'spread-busy', ...others.map((id) => ({ id, isActive: false }))],
  })
  for (const id of ids('spread-pr-', 52)) await create(id, 'spread-author')
  for (const user_id of others) await api.post('/users/setIsActive', { user_id, is_active: true })

  const { moves } = await deactivate('spread', { user_ids: ['spread-busy'] })

  const loads = others.map((id) => moves.filter((move: Move) => move.to_user_id === id).length)
  expect(loads.toSorted((a, b) => a - b)).toEqual([10, 10, 10, 11, 11])
})

test('whoever has fewer open reviews gets more of them', async () => {
  const [author] = await team('fill', { others: 1, count: 6 })
  await aTeam(api, { name: 'fill-2', members: [author!, 'fill-2', 'fill-3', 'fill-4'] })
  await api.post('/users/setIsActive', { user_id: 'fill-3', is_active: false })
  await api.post('/users/setIsActive', { user_id: 'fill-2', is_active: false })
  for (const id of ids('fill-more-', 2)) await create(id, author!)
  await api.post('/users/setIsActive', { user_id: 'fill-3', is_active: true })

  const { moves } = await deactivate('fill-2', { user_ids: ['fill-2'] })

  const count = (id: string) => moves.filter((move: Move) => move.to_user_id === id).length
  expect([count('fill-3'), count('fill-4')]).toEqual([4, 2])
})

test('merged pull requests keep their reviewers', async () => {
  await team('done', { others: 2, count: 4 })
  for (const id of ['done-pr-1', 'done-pr-3']) await api.post('/pullRequest/merge', { pull_request_id: id })
  const before = await pullRequestsOf('done')

  const { moves } = await deactivate('done')

  expect(new Set(moves.map((move: Move) => move.pull_request_id))).toEqual(new Set(['done-pr-2', 'done-pr-4']))
  const merged = (all: PullRequest[]) => all.filter(({ status }) => status === 'MERGED')
  expect(merged(await pullRequestsOf('done'))).toEqual(merged(before))
})

test('reviews for another team are handed to teammates of the one who leaves', async () => {
  await team('asking', { others: 1, count: 3 })
  await aTeam(api, { name: 'helping', members: ['asking-2', 'helping-2'] })

  const { moves } = await deactivate('helping', { user_ids: ['asking-2'] })

  expect(moves.map((move: Move) => move.to_user_id)).toEqual(['helping-2', 'helping-2', 'helping-2'])
})

test('whoever was switched off before hands over what they still have, and is not counted as deactivated', async () => {
  await team('late', { others: 3, count: 3 })
  await api.post('/users/setIsActive', { user_id: 'late-2', is_active: false })

  const { deactivated } = await deactivate('late', { user_ids: ['late-2'] })

  expect(deactivated).toEqual([])
  expect((await api.get('/users/getReview', { user_id: 'late-2' })).body.pull_requests).toEqual([])
})

test('a member named twice leaves once', async () => {
  await team('double', { others: 3, count: 3 })

  const { deactivated } = await deactivate('double', { user_ids: ['double-2', 'double-2'] })

  expect(deactivated).toEqual(['double-2'])
})

test.each([
  ['a stranger', { user_ids: ['known-2', 'stranger'] }, 'stranger'],
  ['a member of another team', { user_ids: ['known-2', 'other-1'] }, 'other-1'],
  ['an unknown team', { team_name: 'nowhere' }, 'nowhere'],
])('%s is not found, and nobody is switched off', async (_, request, named) => {
  await api.post('/team/add', {
    team_name: 'known',
    members: ['known-1', 'known-2', 'known-3'].map((id) => ({ user_id: id, username: id, is_active: true })),
  })
  await api.post('/team/add', { team_name: 'other', members: [{ user_id: 'other-1', username: 'O', is_active: true }] })
  const before = await snapshotOf(database)

  const { status, body } = await api.post('/team/deactivateMembers', { team_name: 'known', ...request })

  expect(status).toBe(404)
  expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining(named) } })
  expect(await snapshotOf(database)).toEqual(before)
})

test('all that was written here keeps the rules of the contract', async () => {
  const found = await violations(database)

  expect(found).toEqual(noViolations(found))
})
