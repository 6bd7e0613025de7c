import { describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

const api = startServer(await freshDatabase())

/** A round-robin team `name` with the author `<name>-z`, so that it is known who is chosen; opens the pull request `name`. */
async function opened(name: string, letters: string, reviewers_wanted = 2) {
  await aTeam(api, { name, members: [...letters, 'z'].map((letter) => `${name}-${letter}`) })
  await api.post('/team/setPolicy', { team_name: name, policy: 'round-robin', reviewers_wanted })
  return create(name, `${name}-z`)
}

async function create(id: string, author: string) {
  return (await api.post('/pullRequest/create', aPullRequest({ id, author }))).body.pr
}

async function whyNot(pull_request_id: string, user_id: string, number?: number) {
  const query = number === undefined ? {} : { number: String(number) }
  const { status, body } = await api.get('/decision/whyNot', { pull_request_id, user_id, ...query })
  expect(status).toBe(200)
  const { rank, flip, ...rest } = body
  expect(rest).toEqual({
    pull_request_id,
    user_id,
    decision_number: number ?? expect.any(Number),
    reason: expect.any(String),
    explanation: expect.stringContaining(user_id),
  })
  expect([null, 'number']).toContain(rank === null ? null : typeof rank)
  expect(Object.keys(flip)).toEqual(['changes', 'explanation'])
  expect(flip.explanation === null).toBe(flip.changes.length === 0)
  return body
}

describe('decision/get', () => {
  const unhindered = { setbacks: [], score: null }

  test('shows all a decision saw and said', async () => {
    await aTeam(api, {
      name: 'whole',
      members: ['whole-a', 'whole-b', { id: 'whole-c', isActive: false }, 'whole-d', 'whole-z'],
    })
    await api.post('/team/setPolicy', { team_name: 'whole', policy: 'round-robin' })
    const first = await create('whole-1', 'whole-z')
    await create('whole-2', 'whole-z')

    const { status, body } = await api.get('/decision/get', { pull_request_id: 'whole-2' })

    expect(first.assigned_reviewers).toEqual(['whole-a', 'whole-b'])
    expect(status).toBe(200)
    expect(body).toEqual({
      pull_request_id: 'whole-2',
      decisions: [
        {
          number: 1,
          kind: 'create',
          decided_at: expect.stringMatching(UTC),
          actor: 'local',
          team_name: 'whole',
          roster_version: 2,
          roster_size: 5,
          policy: 'round-robin',
          policy_version: expect.any(Number),
          seed: expect.any(Number),
          reviewers_wanted: 2,
          last_in_rotation: 'whole-b',
          author_id: 'whole-z',
          kept: [],
          replaced: null,
          assigned: ['whole-d', 'whole-a'],
          trial: null,
          candidates: [
            { user_id: 'whole-a', open_reviews: 1, rank: 2, exclusion: null, ...unhindered },
            { user_id: 'whole-b', open_reviews: 1, rank: 3, exclusion: null, ...unhindered },
            { user_id: 'whole-c', open_reviews: 0, rank: null, exclusion: 'INACTIVE', ...unhindered },
            { user_id: 'whole-d', open_reviews: 0, rank: 1, exclusion: null, ...unhindered },
            { user_id: 'whole-z', open_reviews: 0, rank: null, exclusion: 'AUTHOR', ...unhindered },
          ],
        },
      ],
    })
  })

  test('shows the decisions about a pull request in the order they were made', async () => {
    await opened('story', 'abcd')
    await api.post('/pullRequest/reassign', { pull_request_id: 'story', old_user_id: 'story-a' })
    await api.post('/team/deactivateMembers', { team_name: 'story', user_ids: ['story-b'] })
    await api.post('/team/undoDeactivation', { team_name: 'story' })

    const { body } = await api.get('/decision/get', { pull_request_id: 'story' })

    const steps = body.decisions.map((one: Record<string, unknown>) => [one['number'], one['kind'], one['replaced']])
    expect(steps).toEqual([
      [1, 'create', null],
      [2, 'reassign', 'story-a'],
      [3, 'hand-over', 'story-b'],
      [4, 'restore', body.decisions[2].assigned[0]],
    ])
    const assigned = body.decisions.map((one: { assigned: string[] }) => one.assigned)
    expect(assigned.toSpliced(2, 1)).toEqual([['story-a', 'story-b'], ['story-c'], ['story-b']])
    expect([['story-a'], ['story-d']]).toContainEqual(assigned[2])
  })

  test('says who stayed and who was replaced', async () => {
    await opened('stay', 'abc')
    await api.post('/pullRequest/reassign', { pull_request_id: 'stay', old_user_id: 'stay-b' })

    const { body } = await api.get('/decision/get', { pull_request_id: 'stay' })

    expect(body.decisions[1]).toMatchObject({ kept: ['stay-a'], replaced: 'stay-b', assigned: ['stay-c'] })
    const exclusions = body.decisions[1].candidates.map((one: { exclusion: string | null }) => one.exclusion)
    expect(exclusions).toEqual(['ALREADY_ASSIGNED', 'REPLACED', null, 'AUTHOR'])
  })

  test('stays as it was when the team changes', async () => {
    await opened('kept', 'abc')
    const before = await api.get('/decision/get', { pull_request_id: 'kept' })

    await api.post('/users/setIsActive', { user_id: 'kept-a', is_active: false })
    await api.post('/team/setPolicy', { team_name: 'kept', policy: 'random', reviewers_wanted: 0 })
    await aTeam(api, { name: 'kept-not', members: ['kept-b'] })

    expect((await api.get('/decision/get', { pull_request_id: 'kept' })).body).toEqual(before.body)
  })

  test('does not find an unknown pull request', async () => {
    const { status, body } = await api.get('/decision/get', { pull_request_id: 'no-such' })

    expect(status).toBe(404)
    expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('no-such') } })
  })
})

describe('decision/whyNot', () => {
  test('CHOSEN: whoever reviews was chosen, and nothing need change', async () => {
    await opened('chosen', 'abc')

    const body = await whyNot('chosen', 'chosen-b')

    expect(body).toMatchObject({ reason: 'CHOSEN', rank: 2, decision_number: 1 })
    expect(body.flip).toEqual({ changes: [], explanation: null })
  })

  test('AUTHOR: whoever wrote it cannot review it', async () => {
    await opened('author', 'abc')

    const body = await whyNot('author', 'author-z')

    expect(body).toMatchObject({ reason: 'AUTHOR', rank: null })
    expect(body.flip.changes).toContainEqual({ fact: 'author', from: true, to: false })
  })

  test('INACTIVE: whoever was away was not asked, even if back by now', async () => {
    await opened('inactive', 'abc')
    await api.post('/users/setIsActive', { user_id: 'inactive-c', is_active: false })
    await create('inactive-2', 'inactive-z')
    await api.post('/users/setIsActive', { user_id: 'inactive-c', is_active: true })

    const body = await whyNot('inactive-2', 'inactive-c')

    expect(body).toMatchObject({ reason: 'INACTIVE', rank: null })
    expect(body.flip.changes).toContainEqual({ fact: 'is_active', from: false, to: true })
  })

  test('RANKED_LOWER: the flip under round-robin is the turn before theirs', async () => {
    await opened('lower', 'abcd')

    const body = await whyNot('lower', 'lower-d')

    expect(body).toMatchObject({ reason: 'RANKED_LOWER', rank: 4 })
    expect(body.flip).toEqual({
      changes: [{ fact: 'last_in_rotation', from: null, to: 'lower-c' }],
      explanation: expect.stringContaining('lower-c'),
    })
  })

  test('RANKED_LOWER: the flip under least-loaded is a number of open reviews that would have done', async () => {
    await opened('busy', 'abc')
    for (const id of ids('busy-', 3)) await create(id, 'busy-z')
    await api.post('/team/setPolicy', { team_name: 'busy', policy: 'least-loaded', reviewers_wanted: 1 })
    const { assigned_reviewers } = await create('busy-last', 'busy-z')
    const passedOver = ['busy-a', 'busy-b', 'busy-c'].find((id) => !assigned_reviewers.includes(id))!
    const { body: decision } = await api.get('/decision/get', { pull_request_id: 'busy-last' })
    const loads = new Map<string, number>(
      decision.decisions[0].candidates.map((one: { user_id: string; open_reviews: number }) => [
        one.user_id,
        one.open_reviews,
      ]),
    )

    const body = await whyNot('busy-last', passedOver)

    expect(body.reason).toBe('RANKED_LOWER')
    expect(body.flip.changes[0]).toMatchObject({ fact: 'open_reviews', from: loads.get(passedOver) })
    expect(body.flip.changes[0].to).toBeLessThanOrEqual(loads.get(assigned_reviewers[0])!)
  })

  test('RANKED_LOWER: the flip under random is another draw', async () => {
    await opened('luck', 'abcd')
    await api.post('/team/setPolicy', { team_name: 'luck', policy: 'random', reviewers_wanted: 1 })
    const { assigned_reviewers } = await create('luck-2', 'luck-z')
    const unlucky = ['luck-a', 'luck-b', 'luck-c', 'luck-d'].find((id) => !assigned_reviewers.includes(id))!

    const body = await whyNot('luck-2', unlucky)

    expect(body.reason).toBe('RANKED_LOWER')
    expect(body.flip.changes).toEqual([{ fact: 'seed', from: expect.any(Number), to: expect.any(Number) }])
    expect(body.flip.changes[0].to).not.toBe(body.flip.changes[0].from)
  })

  test('NOT_IN_TEAM: whoever is in another team', async () => {
    await opened('inside', 'abc')
    await aTeam(api, { name: 'outside', members: ['outsider'] })

    const body = await whyNot('inside', 'outsider')

    expect(body).toMatchObject({ reason: 'NOT_IN_TEAM', rank: null })
    expect(body.flip.changes[0]).toEqual({ fact: 'team', from: null, to: 'inside' })
  })

  test('NOT_IN_TEAM: whoever joined a team or left it since is judged by the time of the decision', async () => {
    await opened('time', 'abc')
    await aTeam(api, { name: 'time-2', members: ['time-c'] })
    await create('time-2', 'time-z')

    expect((await whyNot('time', 'time-c')).reason).toBe('RANKED_LOWER')
    expect((await whyNot('time-2', 'time-c')).reason).toBe('NOT_IN_TEAM')
  })

  test('NOT_LOOKED_AT: in a team of 200 most are not looked at', async () => {
    const members = ids('many-', 200)
    await aTeam(api, { name: 'many', members })
    await create('many', members[0]!)
    const { body: decision } = await api.get('/decision/get', { pull_request_id: 'many' })
    const looked = new Set(decision.decisions[0].candidates.map((one: { user_id: string }) => one.user_id))
    const overlooked = members.slice(1).find((id) => !looked.has(id))!

    const body = await whyNot('many', overlooked)

    expect(decision.decisions[0].roster_size).toBe(200)
    expect(body).toMatchObject({ reason: 'NOT_LOOKED_AT', rank: null })
    expect(body.flip.changes[0]).toEqual({ fact: 'looked_at', from: false, to: true })
  })

  test('INACTIVE: also in a team of 200, where only the active are looked at', async () => {
    const members = ids('crowd-', 200)
    await aTeam(api, { name: 'crowd', members: [...members, { id: 'crowd-off', isActive: false }] })
    await create('crowd', members[0]!)

    expect((await whyNot('crowd', 'crowd-off')).reason).toBe('INACTIVE')
  })

  test('ALREADY_ASSIGNED: the other reviewer was no candidate for a reassignment', async () => {
    await opened('other', 'abc')
    await api.post('/pullRequest/reassign', { pull_request_id: 'other', old_user_id: 'other-a' })

    const body = await whyNot('other', 'other-b', 2)

    expect(body).toMatchObject({ reason: 'ALREADY_ASSIGNED', rank: null, decision_number: 2 })
    expect(body.flip.changes).toContainEqual({ fact: 'already_assigned', from: true, to: false })
  })

  test('REPLACED: whoever was replaced does not replace themselves', async () => {
    await opened('replaced', 'abc')
    await api.post('/pullRequest/reassign', { pull_request_id: 'replaced', old_user_id: 'replaced-a' })

    const body = await whyNot('replaced', 'replaced-a', 2)

    expect(body).toMatchObject({ reason: 'REPLACED', rank: null })
    expect(body.flip.changes).toContainEqual({ fact: 'replaced', from: true, to: false })
  })

  test('NONE_WANTED: the team wanted nobody', async () => {
    await opened('none', 'abc', 0)

    const body = await whyNot('none', 'none-a')

    expect(body.reason).toBe('NONE_WANTED')
    expect(body.flip.changes).toEqual([{ fact: 'reviewers_wanted', from: 0, to: 1 }])
  })

  test('RESTORED: an undo gave the review back, so nobody was asked', async () => {
    await opened('restored', 'abc')
    await api.post('/team/deactivateMembers', { team_name: 'restored', user_ids: ['restored-a'] })
    await api.post('/team/undoDeactivation', { team_name: 'restored' })

    const body = await whyNot('restored', 'restored-c', 3)

    expect(body).toMatchObject({ reason: 'RESTORED', rank: null })
    expect(body.flip).toEqual({ changes: [], explanation: null })
    expect((await whyNot('restored', 'restored-a', 3)).reason).toBe('CHOSEN')
  })

  test('without a number speaks of the newest decision that chose the user, else of the newest', async () => {
    await opened('newest', 'abcd')
    const reassign = (old_user_id: string) =>
      api.post('/pullRequest/reassign', { pull_request_id: 'newest', old_user_id })
    await reassign('newest-a')
    await reassign('newest-b')

    expect((await whyNot('newest', 'newest-a')).decision_number).toBe(1)
    expect((await whyNot('newest', 'newest-c')).decision_number).toBe(2)
    expect((await whyNot('newest', 'newest-z')).decision_number).toBe(3)
  })

  test.each([
    ['an unknown pull request', { pull_request_id: 'no-such', user_id: 'known-a' }, 'no-such'],
    ['an unknown user', { pull_request_id: 'known', user_id: 'no-such' }, 'no-such'],
    ['a decision that was never made', { pull_request_id: 'known', user_id: 'known-a', number: '77' }, '77'],
  ])('does not find %s', async (_, query, named) => {
    await api.post('/team/add', {
      team_name: 'known',
      members: [{ user_id: 'known-a', username: 'Known', is_active: true }],
    })
    await create('known', 'known-a')

    const { status, body } = await api.get('/decision/whyNot', query)

    expect(status).toBe(404)
    expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining(named) } })
  })
})
