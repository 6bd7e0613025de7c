import { describe, expect, test } from 'bun:test'
import { aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import {
  bodyOf,
  decisionsOf,
  inParallel,
  kindsOf,
  merge,
  open,
  replayed,
  sendAway,
  setLimits,
  setPolicy,
  setRamp,
  shown,
} from '../testing/deciding.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'
import { snapshotOf } from '../testing/snapshot.ts'

const database = await freshDatabase()
const api = startServer(database, { FILL_SEATS_EVERY_MS: '30' })
const another = startServer(database, { FILL_SEATS_EVERY_MS: '30' })

function assign(pull_request_id: string, user_id: string, instead_of?: string, client = api, headers = {}) {
  const body = { pull_request_id, user_id, ...(instead_of !== undefined && { instead_of }) }
  return client.post('/pullRequest/assign', body, headers)
}

/** A team of six whose first member opens the pull request `name` with so many reviewers, the next in turn. */
async function opened(name: string, reviewers_wanted = 1): Promise<string[]> {
  await aTeam(api, { name, members: ids(`${name}-`, 6) })
  await setPolicy(api, name, { policy: 'round-robin', reviewers_wanted })
  return open(api, name, `${name}-1`)
}

async function reviewsOf(user_id: string): Promise<string[]> {
  const { body } = await api.get('/users/getReview', { user_id })
  return body.pull_requests.map((one: { pull_request_id: string }) => one.pull_request_id)
}

describe('pullRequest/assign', () => {
  test('gives a free seat to whom a person chose', async () => {
    await opened('free')

    const { status, body } = await assign('free', 'free-5')

    expect(status).toBe(200)
    expect(body.pr).toMatchObject({ assigned_reviewers: ['free-2', 'free-5'], chosen_by_hand: ['free-5'] })
    expect(await shown(another, 'free')).toEqual(body.pr)
    expect(await reviewsOf('free-5')).toEqual(['free'])
    expect((await decisionsOf(api, 'free')).at(-1)).toMatchObject({
      number: 2,
      kind: 'assign',
      actor: 'local',
      kept: ['free-2'],
      replaced: null,
      assigned: ['free-5'],
      candidates: [],
    })
    const why = (user_id: string) => api.get('/decision/whyNot', { pull_request_id: 'free', user_id, number: '2' })
    expect((await why('free-5')).body.reason).toBe('CHOSEN')
    const other = bodyOf(await why('free-4'))
    expect(other).toMatchObject({ reason: 'CHOSEN_BY_HAND', explanation: expect.stringMatching(/\w/) })
  })

  test('gives a seat of somebody else, who reviews it no more', async () => {
    expect(await opened('seat', 2)).toEqual(['seat-2', 'seat-3'])
    expect(await reviewsOf('seat-2')).toEqual(['seat'])

    const { body } = await assign('seat', 'seat-6', 'seat-2')

    expect(body.pr).toMatchObject({ assigned_reviewers: ['seat-6', 'seat-3'], chosen_by_hand: ['seat-6'] })
    expect([await reviewsOf('seat-2'), await reviewsOf('seat-6')]).toEqual([[], ['seat']])
    expect((await decisionsOf(api, 'seat')).at(-1)).toMatchObject({ kind: 'assign', replaced: 'seat-2' })
  })

  test('takes anybody who is active: of another team, at their cap, absent, never assigned, or a shadow', async () => {
    await aTeam(api, { name: 'guests', members: ids('guest-', 5) })
    await setLimits(api, 'guest-2', { max_open_reviews: 0 })
    await sendAway(api, 'guest-3')
    await setLimits(api, 'guest-4', { never_assign: true })
    await setRamp(api, 'guest-5', 'shadow')
    await opened('any', 0)

    for (const [index, guest] of ids('guest-', 5).entries()) {
      const { status, body } = await assign('any', guest, index < 2 ? undefined : `guest-${index - 1}`)
      expect([status, body.pr.chosen_by_hand.at(-1)]).toEqual([200, guest])
    }
    expect((await shown(api, 'any')).assigned_reviewers.toSorted()).toEqual(['guest-4', 'guest-5'])
  })

  test('marks a reviewer who is one already, and is harmless when repeated', async () => {
    const [reviewer] = await opened('mark')

    const first = await assign('mark', reviewer!)
    const before = await snapshotOf(database)
    const again = await assign('mark', reviewer!, undefined, another)

    expect(first.body.pr).toMatchObject({ assigned_reviewers: [reviewer], chosen_by_hand: [reviewer] })
    expect(again).toMatchObject({ status: 200, body: first.body })
    expect(await snapshotOf(database)).toEqual(before)
    expect(await kindsOf(api, 'mark')).toEqual(['create'])
  })

  test('repeated for a seat of somebody else, does nothing more', async () => {
    await opened('repeat', 2)

    const answers = await inTurn(3, () => assign('repeat', 'repeat-5', 'repeat-2'))

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await kindsOf(api, 'repeat')).toEqual(['create', 'assign'])
  })

  test('has one effect for one Idempotency-Key', async () => {
    await opened('key')
    const send = () => assign('key', 'key-4', undefined, api, { 'Idempotency-Key': 'assign-1' })

    const first = await send()
    await api.post('/pullRequest/reassign', { pull_request_id: 'key', old_user_id: 'key-4' })
    const again = await send()

    expect(again.body).toEqual(first.body)
    expect((await shown(api, 'key')).assigned_reviewers).not.toContain('key-4')
  })

  test('of many at once on two processes fills the two seats only', async () => {
    await opened('rush', 0)
    const outcomes: string[] = []

    await inParallel([...ids('rush-', 6).slice(1).entries()], 5, async ([index, user]) => {
      const { status, body } = await assign('rush', user, undefined, index % 2 === 0 ? api : another)
      outcomes.push(body.error?.code ?? String(status))
    })

    expect(outcomes.toSorted()).toEqual(['200', '200', 'NO_SEAT', 'NO_SEAT', 'NO_SEAT'])
    const { assigned_reviewers, chosen_by_hand } = await shown(api, 'rush')
    expect([assigned_reviewers.length, chosen_by_hand]).toEqual([2, assigned_reviewers])
  })

  test('takes an empty seat that was waiting, and nobody else is looked for', async () => {
    await aTeam(api, { name: 'wait', members: ['wait-1', { id: 'wait-2', isActive: false }] })
    await aTeam(api, { name: 'helpers', members: ['helper'] })
    await setPolicy(api, 'wait', { reviewers_wanted: 1 })
    await open(api, 'wait', 'wait-1')
    expect(await shown(api, 'wait')).toMatchObject({ missing_reviewers: 1 })

    const { body } = await assign('wait', 'helper')
    expect(body.pr).toMatchObject({ assigned_reviewers: ['helper'], needMoreReviewers: false, missing_reason: null })
    await api.post('/users/setIsActive', { user_id: 'wait-2', is_active: true })

    await Bun.sleep(200)
    expect(await shown(api, 'wait')).toEqual(body.pr)
  })

  test('takes one of two empty seats, and the other is still filled', async () => {
    await aTeam(api, { name: 'two', members: ['two-1', { id: 'two-2', isActive: false }] })
    await aTeam(api, { name: 'more helpers', members: ['helper-2'] })
    await open(api, 'two', 'two-1')

    const { body } = await assign('two', 'helper-2')
    expect(body.pr).toMatchObject({ needMoreReviewers: true, missing_reviewers: 1 })
    await api.post('/users/setIsActive', { user_id: 'two-2', is_active: true })

    while ((await shown(api, 'two')).needMoreReviewers) await Bun.sleep(10)
    expect(await shown(api, 'two')).toMatchObject({
      assigned_reviewers: ['helper-2', 'two-2'],
      chosen_by_hand: ['helper-2'],
    })
  })
})

async function inTurn<Result>(times: number, work: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let turn = 0; turn < times; turn++) results.push(await work())
  return results
}

describe('a choice by hand is refused, and changes nothing, when', () => {
  test.each<[string, string, string, string | undefined, number]>([
    ['the user is the author', 'IS_AUTHOR', 'no-1', undefined, 409],
    ['the user is not active', 'INACTIVE', 'no-6', undefined, 409],
    ['both seats are taken', 'NO_SEAT', 'no-5', undefined, 409],
    ['whose seat it is to be does not review', 'NOT_ASSIGNED', 'no-5', 'no-4', 409],
    ['nobody knows the user', 'NOT_FOUND', 'stranger', undefined, 404],
  ])('%s', async (_, code, user, insteadOf, status) => {
    if ((await api.get('/team/get', { team_name: 'no' })).status === 404) {
      await opened('no', 2)
      await api.post('/users/setIsActive', { user_id: 'no-6', is_active: false })
    }
    const before = await snapshotOf(database)

    const { status: found, body } = await assign('no', user, insteadOf)

    expect([found, body.error.code]).toEqual([status, code])
    expect(body.error.message).toMatch(/\w/)
    expect(await snapshotOf(database)).toEqual(before)
  })

  test('the pull request is merged', async () => {
    await opened('merged')
    await merge(api, 'merged')

    const { status, body } = await assign('merged', 'merged-5')

    expect([status, body.error.code]).toEqual([409, 'PR_MERGED'])
  })

  test('nobody knows the pull request', async () => {
    const { status, body } = await assign('no-such', 'no-2')

    expect([status, body.error.code]).toEqual([404, 'NOT_FOUND'])
    expect(body.error.message).toContain('no-such')
  })
})

describe('whom a person chose', () => {
  test('stays through updates, readiness and the filling of seats', async () => {
    await aTeam(api, { name: 'stay', members: ids('stay-', 4) })
    await open(api, 'stay', 'stay-1', { is_draft: true })
    await assign('stay', 'stay-4')

    await api.post('/pullRequest/update', { pull_request_id: 'stay', files: [{ path: 'a.ts' }] })
    await api.post('/pullRequest/update', { pull_request_id: 'stay', is_draft: false })
    await Bun.sleep(200)

    const { assigned_reviewers, chosen_by_hand } = await shown(api, 'stay')
    expect([assigned_reviewers[0], assigned_reviewers.length, chosen_by_hand]).toEqual(['stay-4', 2, ['stay-4']])
    expect(await kindsOf(api, 'stay')).toEqual(['create', 'assign', 'fill'])
  })

  test('is no choice any more once another takes over', async () => {
    await opened('gone', 2)
    await assign('gone', 'gone-5', 'gone-2')
    const { body } = await api.post('/pullRequest/reassign', { pull_request_id: 'gone', old_user_id: 'gone-5' })

    expect(await shown(api, 'gone')).toMatchObject({
      chosen_by_hand: [],
      assigned_reviewers: body.pr.assigned_reviewers,
    })
  })

  test('is handed over like anybody else when they leave, and the choice of the other stays', async () => {
    await opened('leave', 2)
    await assign('leave', 'leave-5', 'leave-2')
    await assign('leave', 'leave-3')

    await api.post('/team/deactivateMembers', { team_name: 'leave', user_ids: ['leave-5'] })

    expect(await shown(api, 'leave')).toMatchObject({ chosen_by_hand: ['leave-3'] })
    expect((await shown(api, 'leave')).assigned_reviewers).not.toContain('leave-5')
  })
})

test('after all of it no rule is broken, and every decision comes out the same again', async () => {
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))
  expect(await replayed(database)).toEqual({ replayed: expect.any(Number), differing: [] })
})
