import { describe, expect, test } from 'bun:test'
import pg from 'pg'
import { aPullRequest, aTeam, ids } from './testing/builders.ts'
import type { Answer, Client } from './testing/client.ts'
import { freshDatabase, type TestDatabase } from './testing/database.ts'
import { startServer } from './testing/server.ts'

type Held = { release: () => Promise<void> }

/** Makes the database slow for whoever needs one of these teams, until it is released. */
async function holdTeams({ url }: TestDatabase, ...names: string[]): Promise<Held> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('BEGIN')
  await client.query('SELECT FROM team WHERE team_name = ANY ($1) FOR UPDATE', [names])
  return {
    release: async () => {
      await client.query('ROLLBACK')
      await client.end()
    },
  }
}

async function waiting({ sql }: TestDatabase, count: number): Promise<void> {
  for (;;) {
    const [row] = await sql<{ n: number }>(
      `SELECT count(*) AS n FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'tandem' AND wait_event_type = 'Lock'`,
    )
    if (row!.n >= count) return
    await Bun.sleep(5)
  }
}

async function start(environment: Record<string, string>): Promise<[TestDatabase, Client]> {
  const database = await freshDatabase()
  const api = startServer(database, environment)
  await aTeam(api, { name: 'slow', members: ids('slow', 4) })
  await aTeam(api, { name: 'slower', members: ids('slower', 4) })
  await aTeam(api, { name: 'quick', members: ids('quick', 4) })
  return [database, api]
}

function create(api: Client, id: string, author = 'slow1'): Promise<Answer> {
  return api.post('/pullRequest/create', aPullRequest({ id, author }))
}

function outcomeOf({ status, headers, body }: Answer) {
  return { status, code: body.error?.code as string, retryAfter: headers.get('Retry-After') }
}

const overloaded = { status: 503, code: 'OVERLOADED', retryAfter: '1' }
const unavailable = { status: 503, code: 'DATABASE_UNAVAILABLE', retryAfter: '1' }
const timedOut = { status: 503, code: 'TIMEOUT', retryAfter: '1' }

test('with its one place taken, the service refuses at once and serves again when the place is free', async () => {
  const [database, api] = await start({ MAX_REQUESTS_IN_FLIGHT: '1' })
  const held = await holdTeams(database, 'slow')
  const slow = create(api, 'pr-1')
  await waiting(database, 1)
  const meanwhile = [
    await api.get('/team/get', { team_name: 'quick' }),
    await create(api, 'pr-2', 'quick1'),
    await api.post('/team/add', { team_name: 'new', members: [] }),
  ]
  const health = await Promise.all([api.get('/healthz'), api.get('/readyz')])
  await held.release()

  expect(meanwhile.map(outcomeOf)).toEqual([overloaded, overloaded, overloaded])
  expect(health.map(({ status }) => status)).toEqual([200, 200])
  expect((await slow).status).toBe(201)
  expect((await create(api, 'pr-2', 'quick1')).status).toBe(201)
  expect((await api.get('/team/get', { team_name: 'new' })).status).toBe(404)
})

test('every place is given back, however its request ended', async () => {
  const [database, api] = await start({ MAX_REQUESTS_IN_FLIGHT: '4' })
  for (let round = 1; round <= 3; round++) {
    const held = await holdTeams(database, 'slow')
    const taken = ids(`pr-${round}-`, 4).map((id) => create(api, id, id.endsWith('4') ? 'nobody' : 'slow1'))
    await waiting(database, 1)
    const more = await Promise.all(ids('more', 6).map((id) => create(api, id, 'quick1')))
    await held.release()

    expect(more.map(outcomeOf)).toEqual(Array.from({ length: 6 }, () => overloaded))
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([201, 201, 201, 404])
  }
  const abandoned = new AbortController()
  const held = await holdTeams(database, 'slow')
  const lost = ids('lost', 4).map((id) =>
    fetch(`${api.url}/pullRequest/create`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(aPullRequest({ id, author: 'slow1' })),
      signal: abandoned.signal,
    }).catch(() => 'abandoned'),
  )
  await waiting(database, 1)
  abandoned.abort()
  expect(await Promise.all(lost)).toEqual(['abandoned', 'abandoned', 'abandoned', 'abandoned'])
  await held.release()
  while ((await create(api, `again-${crypto.randomUUID()}`, 'quick1')).status === 503) await Bun.sleep(5)

  const after = await Promise.all(ids('after', 4).map((id) => create(api, id, 'quick1')))
  expect(after.map(({ status }) => status)).toEqual([201, 201, 201, 201])
})

test('a request that takes too long is refused, though what it asked for may still be done', async () => {
  const [database, api] = await start({ REQUEST_TIMEOUT_MS: '200', MAX_REQUESTS_IN_FLIGHT: '1' })
  const held = await holdTeams(database, 'slow')
  const slow = await create(api, 'pr-1')
  const place = await api.get('/team/get', { team_name: 'quick' })
  await held.release()
  while ((await api.get('/pullRequest/get', { pull_request_id: 'pr-1' })).status !== 200) await Bun.sleep(5)

  expect(outcomeOf(slow)).toEqual(timedOut)
  expect(place.status).toBe(200)
  expect(outcomeOf(await create(api, 'pr-1')).code).toBe('PR_EXISTS')
})

test('a statement that takes too long is cancelled, and nothing of its request is done', async () => {
  const [database, api] = await start({ DATABASE_STATEMENT_TIMEOUT_MS: '150' })
  const held = await holdTeams(database, 'slow')
  const refused = [
    await create(api, 'pr-1'),
    await api.post('/users/setIsActive', { user_id: 'slow2', is_active: false }),
    await api.post('/team/deactivateMembers', { team_name: 'slow' }),
    await api.post('/team/add', { team_name: 'new', members: [{ user_id: 'slow3', username: 'x', is_active: true }] }),
  ]
  await held.release()

  expect(refused.map(outcomeOf)).toEqual([unavailable, unavailable, unavailable, unavailable])
  expect((await api.get('/pullRequest/get', { pull_request_id: 'pr-1' })).status).toBe(404)
  const team = await api.get('/team/get', { team_name: 'slow' })
  expect(team.body.members.map((m: { is_active: boolean }) => m.is_active)).toEqual([true, true, true, true])
  expect((await create(api, 'pr-1')).status).toBe(201)
})

describe('with every connection to the database taken', () => {
  test('requests that need one are refused with 503, and served when there is one', async () => {
    const [database, api] = await start({ DATABASE_POOL_SIZE: '2', DATABASE_CONNECT_TIMEOUT_MS: '150' })
    const held = await holdTeams(database, 'slow', 'slower')
    const slow = [create(api, 'pr-1'), api.post('/team/deactivateMembers', { team_name: 'slower' })]
    await waiting(database, 2)
    const refused = await api.get('/team/get', { team_name: 'quick' })
    const ready = await api.get('/readyz')
    await held.release()

    expect(outcomeOf(refused)).toEqual(unavailable)
    expect(outcomeOf(ready)).toEqual(unavailable)
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([201, 200])
    expect((await api.get('/team/get', { team_name: 'quick' })).status).toBe(200)
    expect((await api.get('/readyz')).status).toBe(200)
  })
})
