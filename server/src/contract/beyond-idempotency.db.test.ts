import { describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../testing/builders.ts'
import { freshDatabase } from '../testing/database.ts'
import { noViolations, violations } from '../testing/invariants.ts'
import { startServer } from '../testing/server.ts'
import { snapshotOf } from '../testing/snapshot.ts'

const database = await freshDatabase()
const api = startServer(database)
const another = startServer(database)

function call(path: string, body: unknown, key: string, client = api) {
  return client.post(path, body, { 'Idempotency-Key': key })
}

async function team(name: string): Promise<void> {
  await aTeam(api, { name, members: ids(`${name}-`, 6) })
}

async function opened(name: string): Promise<string> {
  await team(name)
  const { body } = await api.post('/pullRequest/create', aPullRequest({ id: name, author: `${name}-1` }))
  return body.pr.assigned_reviewers[0]
}

type Case = {
  path: string
  /** Makes what the command needs, and gives its body and another one that would be accepted too. */
  arrange: (name: string) => Promise<{ body: object; other: object }>
  /** Changes what the command answered about. */
  meddle: (name: string) => Promise<unknown>
}

const commands: Case[] = [
  {
    path: '/team/add',
    arrange: async (name) => ({
      body: { team_name: name, members: [{ user_id: `${name}-1`, username: 'One', is_active: true }] },
      other: { team_name: name, members: [{ user_id: `${name}-1`, username: 'One', is_active: false }] },
    }),
    meddle: (name) => aTeam(api, { name: `${name}-new`, members: [`${name}-1`] }),
  },
  {
    path: '/team/setPolicy',
    arrange: async (name) => {
      await team(name)
      return { body: { team_name: name, policy: 'random' }, other: { team_name: name, reviewers_wanted: 1 } }
    },
    meddle: (name) => api.post('/team/setPolicy', { team_name: name, policy: 'round-robin', reviewers_wanted: 0 }),
  },
  {
    path: '/users/setIsActive',
    arrange: async (name) => {
      await team(name)
      return { body: { user_id: `${name}-2`, is_active: false }, other: { user_id: `${name}-2`, is_active: true } }
    },
    meddle: (name) => api.post('/users/setIsActive', { user_id: `${name}-2`, is_active: true }),
  },
  {
    path: '/member/setLimits',
    arrange: async (name) => {
      await team(name)
      return {
        body: { user_id: `${name}-2`, max_open_reviews: 1 },
        other: { user_id: `${name}-2`, never_assign: true },
      }
    },
    meddle: (name) => api.post('/member/setLimits', { user_id: `${name}-2`, max_open_reviews: 9 }),
  },
  {
    path: '/member/setRamp',
    arrange: async (name) => {
      await team(name)
      return { body: { user_id: `${name}-2`, level: 'shadow' }, other: { user_id: `${name}-2`, level: 'newcomer' } }
    },
    meddle: (name) => api.post('/member/setRamp', { user_id: `${name}-2`, level: 'newcomer', mentor_id: `${name}-3` }),
  },
  {
    path: '/absence/add',
    arrange: async (name) => {
      await team(name)
      const body = { user_id: `${name}-2`, from: '2199-01-01', to: '2199-01-02' }
      return { body, other: { ...body, to: '2199-01-03' } }
    },
    meddle: (name) => aTeam(api, { name: `${name}-new`, members: [`${name}-2`] }),
  },
  {
    path: '/absence/remove',
    arrange: async (name) => {
      await team(name)
      const absence = { user_id: `${name}-2`, from: '2199-01-01', to: '2199-01-02' }
      for (const absence_id of [name, `${name}-other`]) await api.post('/absence/add', { ...absence, absence_id })
      return { body: { absence_id: name }, other: { absence_id: `${name}-other` } }
    },
    meddle: (name) => aTeam(api, { name: `${name}-new`, members: [`${name}-2`] }),
  },
  {
    path: '/pullRequest/create',
    arrange: async (name) => {
      await team(name)
      const body = aPullRequest({ id: name, author: `${name}-1` })
      return { body, other: { ...body, pull_request_id: `${name}-other` } }
    },
    meddle: (name) => api.post('/pullRequest/merge', { pull_request_id: name }),
  },
  {
    path: '/pullRequest/merge',
    arrange: async (name) => {
      await opened(name)
      await api.post('/pullRequest/create', aPullRequest({ id: `${name}-other`, author: `${name}-1` }))
      return { body: { pull_request_id: name }, other: { pull_request_id: `${name}-other` } }
    },
    meddle: (name) => aTeam(api, { name: `${name}-new`, members: ids(`${name}-`, 6) }),
  },
  {
    path: '/pullRequest/reassign',
    arrange: async (name) => {
      const old_user_id = await opened(name)
      const { body } = await api.get('/pullRequest/get', { pull_request_id: name })
      return {
        body: { pull_request_id: name, old_user_id },
        other: { pull_request_id: name, old_user_id: body.assigned_reviewers[1] },
      }
    },
    meddle: (name) => api.post('/pullRequest/merge', { pull_request_id: name }),
  },
  {
    path: '/team/deactivateMembers',
    arrange: async (name) => {
      const leaving = await opened(name)
      return { body: { team_name: name, user_ids: [leaving] }, other: { team_name: name } }
    },
    meddle: (name) => api.post('/team/undoDeactivation', { team_name: name }),
  },
  {
    path: '/team/undoDeactivation',
    arrange: async (name) => {
      const leaving = await opened(name)
      const { body } = await api.post('/team/deactivateMembers', { team_name: name, user_ids: [leaving] })
      const { deactivation_id } = body.deactivation
      return { body: { team_name: name, deactivation_id }, other: { team_name: name } }
    },
    meddle: (name) => api.post('/team/deactivateMembers', { team_name: name }),
  },
]

describe.each(commands)('$path', ({ path, arrange, meddle }) => {
  const slug = path.replaceAll('/', '-')

  test('repeated with one key gives the same answer and is done once', async () => {
    const { body } = await arrange(`once${slug}`)
    const first = await call(path, body, `once${slug}`)
    const after = await snapshotOf(database)

    const second = await call(path, body, `once${slug}`)

    expect([200, 201]).toContain(first.status)
    expect([second.status, JSON.stringify(second.body)]).toEqual([first.status, JSON.stringify(first.body)])
    expect(await snapshotOf(database)).toEqual(after)
  })

  test('gives the first answer even when the state has changed since, on any server', async () => {
    const name = `changed${slug}`
    const { body } = await arrange(name)
    const first = await call(path, body, name)
    await meddle(name)
    const after = await snapshotOf(database)

    const second = await call(path, body, name, another)

    expect([second.status, second.body]).toEqual([first.status, first.body])
    expect(await snapshotOf(database)).toEqual(after)
  })

  test('refuses a key that came with another body, and does nothing', async () => {
    const name = `reused${slug}`
    const { body, other } = await arrange(name)
    await call(path, body, name)
    const after = await snapshotOf(database)

    const { status, body: refusal } = await call(path, other, name)

    expect(status).toBe(409)
    expect(refusal).toEqual({ error: { code: 'IDEMPOTENCY_KEY_REUSED', message: expect.stringContaining(name) } })
    expect(await snapshotOf(database)).toEqual(after)
  })

  test('called twenty times at once with one key has one effect and one answer', async () => {
    const name = `many${slug}`
    const { body } = await arrange(name)

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => call(path, body, name, index % 2 === 0 ? api : another)),
    )

    const after = await snapshotOf(database)
    expect(new Set(answers.map((answer) => JSON.stringify([answer.status, answer.body]))).size).toBe(1)
    expect([200, 201]).toContain(answers[0]!.status)
    await call(path, body, name)
    expect(await snapshotOf(database)).toEqual(after)
  })
})

test('twenty reassignments with one key replace one reviewer once', async () => {
  const old_user_id = await opened('effect')
  const body = { pull_request_id: 'effect', old_user_id }

  await Promise.all(Array.from({ length: 20 }, () => call('/pullRequest/reassign', body, 'effect')))

  const decisions = await api.get('/decision/get', { pull_request_id: 'effect' })
  expect(decisions.body.decisions).toHaveLength(2)
})

test('create, merge, create again with the same key: the pull request is answered as it was opened', async () => {
  await team('story')
  const body = aPullRequest({ id: 'story', author: 'story-1' })
  const first = await call('/pullRequest/create', body, 'story')
  await api.post('/pullRequest/merge', { pull_request_id: 'story' })

  const again = await call('/pullRequest/create', body, 'story')

  expect([again.status, again.body]).toEqual([201, first.body])
  expect(again.body.pr).toMatchObject({ status: 'OPEN', mergedAt: null })
})

test.each<[string, string, (name: string) => object, number, string]>([
  ['NOT_FOUND', '/pullRequest/create', (name) => aPullRequest({ id: name, author: `${name}-1` }), 404, 'NOT_FOUND'],
  ['another NOT_FOUND', '/users/setIsActive', (name) => ({ user_id: `${name}-1`, is_active: false }), 404, 'NOT_FOUND'],
  ['one by the whole team', '/team/deactivateMembers', (name) => ({ team_name: name }), 404, 'NOT_FOUND'],
])('a refusal is remembered as well: %s', async (name, path, bodyOf, status, code) => {
  const refused = await call(path, bodyOf(name), name)
  await team(name)

  const again = await call(path, bodyOf(name), name)
  const fresh = await call(path, bodyOf(name), `${name} fresh`)

  expect([refused.status, refused.body.error.code]).toEqual([status, code])
  expect([again.status, again.body]).toEqual([refused.status, refused.body])
  expect([200, 201]).toContain(fresh.status)
})

test('a TEAM_EXISTS is remembered as well, and so is a PR_EXISTS', async () => {
  await opened('exists')
  const add = { team_name: 'exists', members: [] }
  const create = aPullRequest({ id: 'exists', author: 'exists-1' })

  for (const [path, body] of [
    ['/team/add', add],
    ['/pullRequest/create', create],
  ] as const) {
    const first = await call(path, body, `exists ${path}`)
    const second = await call(path, body, `exists ${path}`)
    expect(first.status).toBeGreaterThanOrEqual(400)
    expect([second.status, second.body]).toEqual([first.status, first.body])
  }
})

test('a key that came with one operation is refused with another', async () => {
  await opened('path')
  await call('/pullRequest/merge', { pull_request_id: 'path' }, 'path')

  const { status, body } = await call('/users/setIsActive', { user_id: 'path-1', is_active: false }, 'path')

  expect([status, body.error.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
})

test('the same request written differently is the same request', async () => {
  await team('written')
  const send = (body: string) =>
    fetch(`${api.url}/users/setIsActive`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'written' },
      body,
    })
  const first = await send('{"user_id":"written-1","is_active":false}')

  const second = await send('{ "is_active" : false,\n "user_id" : "\\u0077ritten-1" }')

  expect([second.status, await second.text()]).toEqual([first.status, await first.text()])
})

test('two keys are two requests', async () => {
  await team('two')
  const body = { team_name: 'two', user_ids: ['two-2'] }

  const first = await call('/team/deactivateMembers', body, 'two a')
  const second = await call('/team/deactivateMembers', body, 'two b')

  expect(second.body.deactivation.deactivation_id).not.toBe(first.body.deactivation.deactivation_id)
})

test.each(['k', 'k'.repeat(255), 'with spaces, "quotes" and {braces}'])('the key %p is as good as any', async (key) => {
  const name = `key ${key}`.slice(0, 40)
  const body = { team_name: name, members: [] }

  const answers = [await call('/team/add', body, key), await call('/team/add', body, key)]

  expect(answers.map(({ status }) => status)).toEqual([201, 201])
})

test('all that was written here keeps the rules of the contract', async () => {
  const found = await violations(database)

  expect(found).toEqual(noViolations(found))
})
