import { describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam } from '../../testing/builders.ts'
import type { Client } from '../../testing/client.ts'
import { freshDatabase } from '../../testing/database.ts'
import { startServer } from '../../testing/server.ts'

const database = await freshDatabase()
const client = startServer(database)

async function listed(query: Record<string, string> = {}, from: Client = client): Promise<any[]> {
  const events: any[] = []
  for (let after = '0'; ;) {
    const { body } = await from.get('/event/list', { ...query, after, limit: '7' })
    events.push(...body.events)
    if (body.next_cursor === null) return events
    after = body.next_cursor
  }
}

async function done<T>(work: () => Promise<T>): Promise<any[]> {
  const before = await listed()
  await work()
  return (await listed()).slice(before.length)
}

function typesOf(events: readonly any[]): string[] {
  return events.map(({ type }) => type)
}

async function post(path: string, body: object): Promise<any> {
  const answer = await client.post(path, body)
  expect(answer.status).toBeOneOf([200, 201])
  return answer.body
}

describe('of a team', () => {
  test('its creation and who joined are told, and who left another team for it', async () => {
    await aTeam(client, { name: 'old', members: ['o1', 'o2'] })

    const events = await done(() => aTeam(client, { name: 'new', members: ['o1', { id: 'n1', isActive: false }] }))

    expect(events.map(({ type, subject, team }) => [type, subject, team])).toEqual([
      ['team.created', 'new', 'new'],
      ['member.left', 'o1', 'old'],
      ['member.joined', 'n1', 'new'],
      ['member.joined', 'o1', 'new'],
    ])
    expect(events[2].data).toEqual({ username: 'Name of n1', is_active: false, roster_version: 1 })
  })

  test('a change of its settings is told, and setting what is so already is not', async () => {
    const change = { team_name: 'old', policy: 'random', reviewers_wanted: 1 }

    const [changed, ...others] = await done(() => post('/team/setPolicy', change))
    expect(changed).toMatchObject({
      type: 'team.policyChanged',
      subject: 'old',
      data: { policy: 'random', reviewers_wanted: 1 },
    })
    expect(others).toEqual([])
    expect(await done(() => post('/team/setPolicy', change))).toEqual([])
  })

  test('whoever is switched is told of, once', async () => {
    await aTeam(client, { name: 'switched', members: ['s1', 's2', 's3'] })
    const set = (userId: string, isActive: boolean) =>
      post('/users/setIsActive', { user_id: userId, is_active: isActive })

    expect(typesOf(await done(() => set('s1', false)))).toEqual(['member.deactivated'])
    expect(await done(() => set('s1', false))).toEqual([])
    expect(typesOf(await done(() => set('s1', true)))).toEqual(['member.activated'])
  })

  test('absences, limits and ramp are told', async () => {
    await aTeam(client, { name: 'away', members: ['a1', 'a2'] })
    const absence = { user_id: 'a1', from: '2030-01-01T00:00:00Z', to: '2030-01-02T00:00:00Z' }
    const events = await done(async () => {
      const { absence: added } = await post('/absence/add', { absence_id: 'trip', ...absence })
      await post('/absence/remove', { absence_id: added.absence_id })
      await post('/member/setLimits', { user_id: 'a1', max_open_reviews: 3 })
      await post('/member/setLimits', { user_id: 'a1', max_open_reviews: 3 })
      await post('/member/setRamp', { user_id: 'a1', level: 'newcomer', mentor_id: 'a2' })
      await post('/member/setRamp', { user_id: 'a1', level: 'ramped' })
    })

    expect(events.map(({ type, subject, team }) => [type, subject, team])).toEqual([
      ['absence.added', 'a1', 'away'],
      ['absence.removed', 'a1', 'away'],
      ['member.limitsChanged', 'a1', 'away'],
      ['member.rampChanged', 'a1', 'away'],
      ['member.rampChanged', 'a1', 'away'],
    ])
    expect(events[0].data).toMatchObject({ absence_id: 'trip', source: 'hand' })
    expect(events[2].data).toMatchObject({ max_open_reviews: 3, has_calendar: false })
  })
})

describe('of a pull request', () => {
  test('opening tells it and each reviewer with the reason, merging tells once', async () => {
    await aTeam(client, { name: 'web', members: ['w1', 'w2', 'w3', 'w4'] })
    const events = await done(async () => {
      await post('/pullRequest/create', aPullRequest({ id: 'pr-1', author: 'w1' }))
      await client.post('/pullRequest/create', aPullRequest({ id: 'pr-1', author: 'w1' }))
      await post('/pullRequest/merge', { pull_request_id: 'pr-1' })
      await post('/pullRequest/merge', { pull_request_id: 'pr-1' })
    })

    expect(typesOf(events)).toEqual([
      'pullRequest.opened',
      'reviewer.assigned',
      'reviewer.assigned',
      'pullRequest.merged',
    ])
    const [opened, first, second] = events
    expect(opened.data).toMatchObject({ pull_request_name: 'Change pr-1', author_id: 'w1' })
    expect([first.data.reviewer_id, second.data.reviewer_id]).toEqual(opened.data.reviewer_ids)
    expect(first.data.reason).toEqual({ kind: 'create', policy: 'least-loaded', decision: 1 })
    expect(first).toMatchObject({
      specversion: '1.0',
      source: '/workspaces/1',
      subject: 'pr-1',
      team: 'web',
      actor: 'local',
    })
  })

  test('a reassignment tells who came for whom', async () => {
    const { pr } = await post('/pullRequest/create', aPullRequest({ id: 'pr-2', author: 'w1' }))
    const [oldId] = pr.assigned_reviewers
    let replacedBy = ''
    const [event, ...others] = await done(async () => {
      const answer = await post('/pullRequest/reassign', { pull_request_id: 'pr-2', old_user_id: oldId })
      replacedBy = answer.replaced_by
    })

    expect(others).toEqual([])
    expect(event).toMatchObject({ type: 'reviewer.replaced', data: { reviewer_id: replacedBy, replaced_id: oldId } })
    expect(event.data.reason).toEqual({ kind: 'reassign', policy: 'least-loaded', decision: 2 })
  })

  test('a draft that becomes ready is told, with its reviewers', async () => {
    const events = await done(async () => {
      await post('/pullRequest/create', { ...aPullRequest({ id: 'pr-3', author: 'w1' }), is_draft: true })
      await post('/pullRequest/update', { pull_request_id: 'pr-3', pull_request_name: 'Other' })
      await post('/pullRequest/update', { pull_request_id: 'pr-3', pull_request_name: 'Other' })
      await post('/pullRequest/update', { pull_request_id: 'pr-3', is_draft: false })
    })

    expect(typesOf(events)).toEqual([
      'pullRequest.opened',
      'pullRequest.updated',
      'pullRequest.updated',
      'pullRequest.readyForReview',
      'reviewer.assigned',
      'reviewer.assigned',
    ])
    expect(events[0].data).toMatchObject({ is_draft: true, reviewer_ids: [] })
  })

  test('somebody put there by hand is told as assigned, replacing or chosen', async () => {
    await aTeam(client, { name: 'duo', members: ['d1', 'd2', 'd3', 'd4'] })
    await post('/team/setPolicy', { team_name: 'duo', reviewers_wanted: 1 })
    const { pr } = await post('/pullRequest/create', aPullRequest({ id: 'pr-4', author: 'd1' }))
    const [first] = pr.assigned_reviewers
    const others = ['d2', 'd3', 'd4'].filter((id) => id !== first)
    const events = await done(async () => {
      await post('/pullRequest/assign', { pull_request_id: 'pr-4', user_id: first })
      await post('/pullRequest/assign', { pull_request_id: 'pr-4', user_id: first })
      await post('/pullRequest/assign', { pull_request_id: 'pr-4', user_id: others[0] })
      await post('/pullRequest/assign', { pull_request_id: 'pr-4', user_id: others[1], instead_of: others[0] })
    })

    expect(events.map(({ type, data }) => [type, data.reviewer_id, data.replaced_id])).toEqual([
      ['reviewer.chosen', first, undefined],
      ['reviewer.assigned', others[0], undefined],
      ['reviewer.replaced', others[1], others[0]],
    ])
  })

  test('handing over the reviews of people switched off is told, and giving them back', async () => {
    await aTeam(client, { name: 'bulk', members: ['b1', 'b2', 'b3', 'b4', 'b5'] })
    for (const n of [1, 2, 3]) await post('/pullRequest/create', aPullRequest({ id: `bulk-${n}`, author: 'b1' }))
    const off = await done(() => post('/team/deactivateMembers', { team_name: 'bulk', user_ids: ['b2', 'b3'] }))
    const back = await done(() => post('/team/undoDeactivation', { team_name: 'bulk' }))

    const counts = (events: any[]) => Map.groupBy(events, ({ type }) => type)
    expect(counts(off).get('member.deactivated')).toHaveLength(2)
    expect(counts(off).get('reviewer.handedOver')!.length).toBeGreaterThan(0)
    expect(counts(back).get('member.activated')).toHaveLength(2)
    expect(counts(back).get('reviewer.restored')!.length).toBeGreaterThan(0)
  })
})

describe('the list', () => {
  test('has every event once, with an id of its own, in the order of its numbers', async () => {
    const events = await listed()
    const numbers = events.map(({ sequence }) => Number(sequence))

    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    expect(events.length).toBeGreaterThan(20)
  })

  test('can be of one team, one subject, one type', async () => {
    const all = await listed()
    const pick = (field: string, value: string) => all.filter((event) => event[field] === value)

    expect(await listed({ team_name: 'web' })).toEqual(pick('team', 'web'))
    expect(await listed({ subject: 'pr-1' })).toEqual(pick('subject', 'pr-1'))
    expect(await listed({ type: 'reviewer.assigned' })).toEqual(pick('type', 'reviewer.assigned'))
    expect(await listed({ type: 'pullRequest.readyForReview' })).toEqual(pick('type', 'pullRequest.readyForReview'))
  })

  test('refuses a type there is none of, and a place that is no number', async () => {
    expect((await client.get('/event/list', { type: 'a.b' })).body.error.code).toBe('INVALID_REQUEST')
    expect((await client.get('/event/list', { after: 'x' })).body.error.code).toBe('INVALID_REQUEST')
  })
})
