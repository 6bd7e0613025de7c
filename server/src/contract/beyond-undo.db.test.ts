import { expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
const api = startServer(database)

async function create(id: string, author: string) {
  return (await api.post('/pullRequest/create', aPullRequest({ id, author }))).body.pr
}

async function deactivate(team_name: string, ...user_ids: string[]) {
  const { status, body } = await api.post('/team/deactivateMembers', { team_name, user_ids })
  expect(status).toBe(200)
  return body.deactivation
}

function undo(team_name: string, deactivation_id?: string) {
  return api.post('/team/undoDeactivation', { team_name, ...(deactivation_id !== undefined && { deactivation_id }) })
}

/** All that anybody can see of a team, byte by byte. */
async function stateOf(team_name: string): Promise<string> {
  const [members, pullRequests] = await Promise.all([
    fetch(`${api.url}/team/get?team_name=${team_name}`),
    fetch(`${api.url}/pullRequest/list?team_name=${team_name}&limit=500`),
  ])
  return (await members.text()) + (await pullRequests.text())
}

/** A team `name` of `<name>-1` (the author) to `<name>-6`, with `count` open pull requests. */
async function team(name: string, count: number): Promise<void> {
  await aTeam(api, { name, members: ids(`${name}-`, 6) })
  for (const id of ids(`${name}-pr-`, count)) await create(id, `${name}-1`)
}

/** A pull request `<name>-pr` of two known reviewers, `<name>-2` and `<name>-3`, who then have teammates. */
async function pair(name: string) {
  await aTeam(api, {
    name,
    members: [...ids(`${name}-`, 3), { id: `${name}-4`, isActive: false }, { id: `${name}-5`, isActive: false }],
  })
  const pr = await create(`${name}-pr`, `${name}-1`)
  for (const place of [4, 5]) await api.post('/users/setIsActive', { user_id: `${name}-${place}`, is_active: true })
  return pr
}

test('an undo switches the members on again and gives each review back', async () => {
  const pr = await pair('back')
  const { deactivation_id } = await deactivate('back', 'back-2')

  const { status, body } = await undo('back')

  expect(status).toBe(200)
  expect(body).toEqual({
    undo: {
      deactivation_id,
      team_name: 'back',
      activated: ['back-2'],
      restored: [{ pull_request_id: 'back-pr', assigned_reviewers: pr.assigned_reviewers }],
      kept: [],
    },
  })
})

test.each([
  ['of some members', ['some-2', 'some-4', 'some-5']],
  ['of the whole team', ids('all-', 6)],
])('when nothing changed meanwhile, the undo of a deactivation %s restores every byte', async (_, leaving) => {
  const name = leaving[0]!.split('-')[0]!
  await team(name, 25)
  for (const id of [`${name}-pr-03`, `${name}-pr-17`]) await api.post('/pullRequest/merge', { pull_request_id: id })
  const before = await stateOf(name)

  await deactivate(name, ...leaving)
  const between = await stateOf(name)
  const { body } = await undo(name)

  expect(between).not.toBe(before)
  expect(body.undo.kept).toEqual([])
  expect(await stateOf(name)).toBe(before)
})

test('slots that stayed open are filled again', async () => {
  const pr = await pair('slots')
  await deactivate('slots', ...ids('slots-', 5))
  expect((await api.get('/pullRequest/get', { pull_request_id: 'slots-pr' })).body.assigned_reviewers).toEqual([])

  await undo('slots')

  expect((await api.get('/pullRequest/get', { pull_request_id: 'slots-pr' })).body).toMatchObject(pr)
})

test('PR_MERGED: a pull request merged since keeps the reviewers it was merged with', async () => {
  await pair('merged')
  await deactivate('merged', 'merged-2')
  const { body: merged } = await api.post('/pullRequest/merge', { pull_request_id: 'merged-pr' })

  const { body } = await undo('merged')

  expect(body.undo).toMatchObject({
    activated: ['merged-2'],
    restored: [],
    kept: [{ pull_request_id: 'merged-pr', reason: 'PR_MERGED' }],
  })
  expect((await api.get('/pullRequest/get', { pull_request_id: 'merged-pr' })).body).toMatchObject(merged.pr)
})

test('CHANGED_SINCE: a pull request reassigned since keeps its reviewers', async () => {
  await pair('changed')
  await deactivate('changed', 'changed-2')
  const { body: reassigned } = await api.post('/pullRequest/reassign', {
    pull_request_id: 'changed-pr',
    old_user_id: 'changed-3',
  })

  const { body } = await undo('changed')

  expect(body.undo).toMatchObject({
    restored: [],
    kept: [{ pull_request_id: 'changed-pr', reason: 'CHANGED_SINCE' }],
  })
  expect((await api.get('/pullRequest/get', { pull_request_id: 'changed-pr' })).body).toMatchObject(reassigned.pr)
})

test('REVIEWER_NOT_AVAILABLE: whoever has moved to another team since does not get reviews back', async () => {
  await pair('moved')
  await deactivate('moved', 'moved-2')
  const { body: between } = await api.get('/pullRequest/get', { pull_request_id: 'moved-pr' })
  await aTeam(api, { name: 'moved-new', members: ['moved-2'] })

  const { body } = await undo('moved')

  expect(body.undo).toMatchObject({
    activated: [],
    restored: [],
    kept: [{ pull_request_id: 'moved-pr', reason: 'REVIEWER_NOT_AVAILABLE' }],
  })
  expect((await api.get('/pullRequest/get', { pull_request_id: 'moved-pr' })).body).toEqual(between)
})

test('REVIEWER_NOT_AVAILABLE: whoever was off before the deactivation stays off and gets nothing back', async () => {
  await pair('off')
  await api.post('/users/setIsActive', { user_id: 'off-2', is_active: false })
  await deactivate('off', 'off-2', 'off-5')

  const { body } = await undo('off')

  expect(body.undo).toMatchObject({
    activated: ['off-5'],
    restored: [],
    kept: [{ pull_request_id: 'off-pr', reason: 'REVIEWER_NOT_AVAILABLE' }],
  })
  expect((await api.get('/users/get', { user_id: 'off-2' })).body.is_active).toBeFalse()
})

test('what was changed is kept, and the rest is restored all the same', async () => {
  await team('mixed', 12)
  const { moves } = await deactivate('mixed', 'mixed-2', 'mixed-3')
  const moved: string[] = [...new Set<string>(moves.map((move: { pull_request_id: string }) => move.pull_request_id))]
  await api.post('/pullRequest/merge', { pull_request_id: moved[0] })

  const { body } = await undo('mixed')

  expect(body.undo.kept).toEqual([{ pull_request_id: moved[0], reason: 'PR_MERGED' }])
  expect(body.undo.restored.map((one: { pull_request_id: string }) => one.pull_request_id)).toEqual(moved.slice(1))
})

test('whoever was switched on by hand meanwhile still gets their reviews back', async () => {
  const pr = await pair('hand')
  await deactivate('hand', 'hand-2')
  await api.post('/users/setIsActive', { user_id: 'hand-2', is_active: true })

  const { body } = await undo('hand')

  expect(body.undo).toMatchObject({ activated: [], kept: [] })
  expect((await api.get('/pullRequest/get', { pull_request_id: 'hand-pr' })).body).toMatchObject(pr)
})

test('without an id the latest that was not undone is undone, then the one before', async () => {
  await team('steps', 10)
  const states = [await stateOf('steps')]
  const first = await deactivate('steps', 'steps-2')
  states.push(await stateOf('steps'))
  const second = await deactivate('steps', 'steps-3')

  const undone = [await undo('steps'), await stateOf('steps'), await undo('steps'), await stateOf('steps')] as const

  expect(undone[0].body.undo.deactivation_id).toBe(second.deactivation_id)
  expect(undone[1]).toBe(states[1]!)
  expect(undone[2].body.undo.deactivation_id).toBe(first.deactivation_id)
  expect(undone[3]).toBe(states[0]!)
})

test('a deactivation may be undone by its id', async () => {
  await team('chosen', 4)
  const first = await deactivate('chosen', 'chosen-2')
  await deactivate('chosen', 'chosen-3')

  const { body } = await undo('chosen', first.deactivation_id)

  expect(body.undo).toMatchObject({ deactivation_id: first.deactivation_id, activated: ['chosen-2'] })
  expect((await api.get('/users/get', { user_id: 'chosen-3' })).body.is_active).toBeFalse()
})

test('a deactivation is undone once', async () => {
  await team('once', 4)
  const { deactivation_id } = await deactivate('once', 'once-2')
  await undo('once', deactivation_id)
  await api.post('/users/setIsActive', { user_id: 'once-2', is_active: false })
  const before = await stateOf('once')

  const { status, body } = await undo('once', deactivation_id)

  expect(status).toBe(409)
  expect(body).toEqual({ error: { code: 'ALREADY_UNDONE', message: expect.stringContaining(deactivation_id) } })
  expect(await stateOf('once')).toBe(before)
})

test('of twenty undos of one deactivation at once, one is done', async () => {
  await team('race', 8)
  const before = await stateOf('race')
  const { deactivation_id } = await deactivate('race', 'race-2', 'race-3')

  const answers = await Promise.all(Array.from({ length: 20 }, () => undo('race', deactivation_id)))

  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
  expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 409)])
  expect(await stateOf('race')).toBe(before)
})

test('a dry run leaves nothing to undo', async () => {
  await team('dry', 2)
  await api.post('/team/deactivateMembers', { team_name: 'dry', dry_run: true })

  const { status, body } = await undo('dry')

  expect(status).toBe(404)
  expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('dry') } })
})

test.each([
  ['an unknown team', { team_name: 'nowhere' }],
  ['a team that never deactivated anybody', { team_name: 'calm' }],
  ['an unknown deactivation', { team_name: 'calm', deactivation_id: 'no-such' }],
])('there is nothing to undo for %s', async (_, request) => {
  await api.post('/team/add', { team_name: 'calm', members: [] })

  const { status, body } = await api.post('/team/undoDeactivation', request)

  expect(status).toBe(404)
  expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.any(String) } })
})

test('a deactivation cannot be undone by the name of another team', async () => {
  await team('mine', 2)
  await team('yours', 2)
  const { deactivation_id } = await deactivate('mine', 'mine-2')

  const { status } = await undo('yours', deactivation_id)

  expect(status).toBe(404)
  expect((await api.get('/users/get', { user_id: 'mine-2' })).body.is_active).toBeFalse()
})

test('all that was written here keeps the rules of the contract', async () => {
  const found = await violations(database)

  expect(found).toEqual(noViolations(found))
})
