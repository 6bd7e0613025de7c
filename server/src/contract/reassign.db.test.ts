import { describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'

const database = await freshDatabase()
const api = startServer(database)

/** A team `name` whose author opens the pull request `name`; gives it as it was answered. */
async function opened(name: string, others: readonly (string | { id: string; isActive: boolean })[]) {
  await aTeam(api, { name, members: [`${name}-author`, ...others] })
  const { body } = await api.post('/pullRequest/create', aPullRequest({ id: name, author: `${name}-author` }))
  return body.pr
}

function reassign(pull_request_id: string, old_user_id: string) {
  return api.post('/pullRequest/reassign', { pull_request_id, old_user_id })
}

async function pullRequest(pull_request_id: string) {
  return (await api.get('/pullRequest/get', { pull_request_id })).body
}

test('reassigning replaces one reviewer, keeps the other and says who took over', async () => {
  const pr = await opened('one', ['one-a', 'one-b', 'one-c'])
  const [oldId, keptId] = pr.assigned_reviewers
  const freeId = ['one-a', 'one-b', 'one-c'].find((id) => !pr.assigned_reviewers.includes(id))

  const { status, body } = await reassign('one', oldId)

  expect(status).toBe(200)
  expect(body).toEqual({ pr: { ...pr, assigned_reviewers: [freeId, keptId] }, replaced_by: freeId })
  expect(await pullRequest('one')).toMatchObject(body.pr)
})

test('the second reviewer is replaced in the second place', async () => {
  const pr = await opened('second', ['second-a', 'second-b', 'second-c'])
  const [keptId, oldId] = pr.assigned_reviewers

  const { body } = await reassign('second', oldId)

  expect(body.pr.assigned_reviewers).toEqual([keptId, body.replaced_by])
})

test('old_reviewer_id is another name for old_user_id', async () => {
  const pr = await opened('alias', ['alias-a', 'alias-b', 'alias-c'])

  const { status, body } = await api.post('/pullRequest/reassign', {
    pull_request_id: 'alias',
    old_reviewer_id: pr.assigned_reviewers[0],
  })

  expect(status).toBe(200)
  expect(body.pr.assigned_reviewers).not.toContain(pr.assigned_reviewers[0])
})

test('both names may be given when they agree', async () => {
  const pr = await opened('both', ['both-a', 'both-b', 'both-c'])
  const [oldId] = pr.assigned_reviewers

  const answer = await api.post('/pullRequest/reassign', {
    pull_request_id: 'both',
    old_user_id: oldId,
    old_reviewer_id: oldId,
  })

  expect(answer.status).toBe(200)
})

test('the new reviewer comes from the team of the replaced one, not that of the author', async () => {
  await opened('origin', ['origin-a', 'origin-b', { id: 'origin-c', isActive: false }])
  await aTeam(api, { name: 'target', members: ['origin-a', 'target-a'] })
  await api.post('/users/setIsActive', { user_id: 'origin-c', is_active: true })

  const { body } = await reassign('origin', 'origin-a')

  expect(body.replaced_by).toBe('target-a')
})

test('a reviewer who is not active any more can be replaced', async () => {
  const pr = await opened('asleep', ['asleep-a', 'asleep-b', 'asleep-c'])
  const [oldId] = pr.assigned_reviewers
  await api.post('/users/setIsActive', { user_id: oldId, is_active: false })

  const { status, body } = await reassign('asleep', oldId)

  expect(status).toBe(200)
  expect(body.pr.assigned_reviewers).not.toContain(oldId)
})

test('whoever was replaced may come back by another reassignment', async () => {
  const pr = await opened('back', ['back-a', 'back-b', 'back-c'])
  const [oldId] = pr.assigned_reviewers
  const { body: away } = await reassign('back', oldId)

  const { body } = await reassign('back', away.replaced_by)

  expect(body.replaced_by).toBe(oldId)
})

test('over many reassignments nobody is chosen whom the rules forbid', async () => {
  const off = ids('many-off-', 5).map((id) => ({ id, isActive: false }))
  let pr = await opened('many', ['many-a', 'many-b', 'many-c', 'many-d', ...off])

  for (let turn = 0; turn < 40; turn++) {
    const oldId = pr.assigned_reviewers[turn % 2]
    const { body } = await reassign('many', oldId)
    expect(['many-a', 'many-b', 'many-c', 'many-d']).toContain(body.replaced_by)
    expect(pr.assigned_reviewers).not.toContain(body.replaced_by)
    expect(new Set(body.pr.assigned_reviewers).size).toBe(2)
    pr = body.pr
  }
})

describe('there is no candidate where the team has', () => {
  test.each([
    ['only the author and the replaced one', ['a'], 'a'],
    ['besides them only the other reviewer', ['a', 'b'], 'a'],
    ['besides them only inactive members', ['a', 'b', 'off-c', 'off-d'], 'b'],
  ])('%s', async (title, others, oldName) => {
    const pr = await opened(
      title,
      others.map((name) => ({ id: `${title} ${name}`, isActive: !name.startsWith('off-') })),
    )

    const { status, body } = await reassign(title, `${title} ${oldName}`)

    expect(status).toBe(409)
    expect(body).toEqual({ error: { code: 'NO_CANDIDATE', message: expect.any(String) } })
    expect(await pullRequest(title)).toMatchObject(pr)
  })

  test('only the replaced one, because they have moved away', async () => {
    const pr = await opened('lonely', ['lonely-a', 'lonely-b', 'lonely-c'])
    const [oldId] = pr.assigned_reviewers
    await aTeam(api, { name: 'island', members: [oldId] })

    const { status, body } = await reassign('lonely', oldId)

    expect([status, body.error.code]).toEqual([409, 'NO_CANDIDATE'])
    expect(await pullRequest('lonely')).toMatchObject(pr)
  })

  test('only the author, who has followed the replaced one there', async () => {
    const pr = await opened('follow', ['follow-a', 'follow-b', 'follow-c'])
    const [oldId] = pr.assigned_reviewers
    await aTeam(api, { name: 'followed', members: [oldId, 'follow-author'] })

    const { status, body } = await reassign('follow', oldId)

    expect([status, body.error.code]).toEqual([409, 'NO_CANDIDATE'])
  })
})

describe('a reassignment is refused, and changes nothing, when', () => {
  test('the pull request is merged', async () => {
    const pr = await opened('merged', ['merged-a', 'merged-b', 'merged-c'])
    const { body: merged } = await api.post('/pullRequest/merge', { pull_request_id: 'merged' })

    const { status, body } = await reassign('merged', pr.assigned_reviewers[0])

    expect(status).toBe(409)
    expect(body).toEqual({ error: { code: 'PR_MERGED', message: expect.stringContaining('merged') } })
    expect(await pullRequest('merged')).toMatchObject(merged.pr)
  })

  test('the user does not review it', async () => {
    const pr = await opened('apart', ['apart-a', 'apart-b', 'apart-c'])
    const freeId = ['apart-a', 'apart-b', 'apart-c'].find((id) => !pr.assigned_reviewers.includes(id))!

    const { status, body } = await reassign('apart', freeId)

    expect(status).toBe(409)
    expect(body).toEqual({ error: { code: 'NOT_ASSIGNED', message: expect.stringContaining(freeId) } })
    expect(await pullRequest('apart')).toMatchObject(pr)
  })

  test('the user is its author', async () => {
    await opened('own', ['own-a', 'own-b', 'own-c'])

    const { status, body } = await reassign('own', 'own-author')

    expect([status, body.error.code]).toEqual([409, 'NOT_ASSIGNED'])
  })

  test('nobody opened it', async () => {
    await opened('there', ['there-a'])

    const { status, body } = await reassign('not-there', 'there-a')

    expect(status).toBe(404)
    expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('not-there') } })
  })

  test('nobody knows the user', async () => {
    const pr = await opened('known', ['known-a'])

    const { status, body } = await reassign('known', 'unknown-user')

    expect(status).toBe(404)
    expect(body).toEqual({ error: { code: 'NOT_FOUND', message: expect.stringContaining('unknown-user') } })
    expect(await pullRequest('known')).toMatchObject(pr)
  })
})

describe('of two faults at once the answer tells', () => {
  test('the unknown pull request before the unknown user', async () => {
    const { status, body } = await reassign('no-pull-request', 'no-user')

    expect([status, body.error.code]).toEqual([404, 'NOT_FOUND'])
    expect(body.error.message).toContain('no-pull-request')
  })

  test('the unknown user before the merge', async () => {
    await opened('fault-1', ['fault-1-a'])
    await api.post('/pullRequest/merge', { pull_request_id: 'fault-1' })

    const { status, body } = await reassign('fault-1', 'no-user')

    expect([status, body.error.code]).toEqual([404, 'NOT_FOUND'])
    expect(body.error.message).toContain('no-user')
  })

  test('the merge before the user who is not assigned', async () => {
    await opened('fault-2', ['fault-2-a'])
    await api.post('/pullRequest/merge', { pull_request_id: 'fault-2' })

    const { status, body } = await reassign('fault-2', 'fault-2-author')

    expect([status, body.error.code]).toEqual([409, 'PR_MERGED'])
  })

  test('the merge before the lack of candidates', async () => {
    await opened('fault-3', ['fault-3-a'])
    await api.post('/pullRequest/merge', { pull_request_id: 'fault-3' })

    const { status, body } = await reassign('fault-3', 'fault-3-a')

    expect([status, body.error.code]).toEqual([409, 'PR_MERGED'])
  })

  test('the user who is not assigned before the lack of candidates', async () => {
    await opened('fault-4', [{ id: 'fault-4-a', isActive: false }])

    const { status, body } = await reassign('fault-4', 'fault-4-a')

    expect([status, body.error.code]).toEqual([409, 'NOT_ASSIGNED'])
  })
})

test('all that was written here keeps the rules of the contract', async () => {
  const found = await violations(database)

  expect(found).toEqual(noViolations(found))
})
