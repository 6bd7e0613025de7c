import { describe, expect, test } from 'bun:test'
import pg from 'pg'
import { aPullRequest, aTeam, ids } from './testing/builders.ts'
import { clientOf, type Answer, type Client } from './testing/client.ts'
import { freshDatabase, type TestDatabase } from './testing/database.ts'
import { noViolations, violations } from './testing/invariants.ts'
import { startServerProcess, type ServerProcess } from './testing/server.ts'

type Shown = { pull_request_id: string; assigned_reviewers: string[]; status: string }
/** What a writer was told last about one pull request, and what it asked for and was not answered. */
type Step = 'create' | 'reassign' | 'merge'
type Known = { shown: Shown | null; unanswered: Step | null }

const EXIT_WITHIN_MS = 10_000

async function start(database: TestDatabase, environment = {}): Promise<ServerProcess> {
  return startServerProcess({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: '8', ...environment })
}

/** Opens, changes and merges pull requests of its own, one after another, until the server no longer answers. */
async function write(api: Client, name: string, author: string, known: Map<string, Known>, statuses: Set<number>) {
  for (let count = 1; ; count++) {
    const id = `${name}-${count}`
    const entry: Known = { shown: null, unanswered: null }
    known.set(id, entry)
    const steps = [
      () => api.post('/pullRequest/create', aPullRequest({ id, author }), { 'Idempotency-Key': id }),
      () => api.post('/pullRequest/reassign', { pull_request_id: id, old_user_id: entry.shown!.assigned_reviewers[0] }),
      () => api.post('/pullRequest/merge', { pull_request_id: id }),
    ]
    for (const [index, step] of steps.entries()) {
      entry.unanswered = (['create', 'reassign', 'merge'] as const)[index]!
      const answer = await step().catch(() => null)
      if (answer === null) return
      statuses.add(answer.status)
      // Told that it stops: the step was not done, and will not be.
      if (answer.status === 503) return
      entry.shown = answer.body.pr as Shown
      entry.unanswered = null
    }
  }
}

/** Every answered change must be there, and an unanswered one wholly or not at all. */
async function expectKept(api: Client, known: ReadonlyMap<string, Known>): Promise<void> {
  for (const [id, { shown, unanswered }] of known) {
    const { status, body } = await api.get('/pullRequest/get', { pull_request_id: id })
    // An unanswered merge may have happened; the reviewers stay. An unanswered reassignment may have changed one.
    const may = {
      merge: { status: expect.anything(), mergedAt: body.mergedAt },
      reassign: { assigned_reviewers: expect.anything() },
    }
    if (unanswered === 'create') expect([200, 404]).toContain(status)
    else expect(body).toMatchObject({ ...shown, ...(unanswered !== null && may[unanswered]) })
  }
}

function openReviews({ body }: Answer): number {
  return (body.pull_requests as { status: string }[]).filter(({ status }) => status === 'OPEN').length
}

async function expectNoViolations(database: TestDatabase): Promise<void> {
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))
}

describe('a server that is killed in the middle of writing', () => {
  test('has lost nothing it answered for, has done nothing by halves, and serves again at once', async () => {
    const database = await freshDatabase()
    const known = new Map<string, Known>()
    const statuses = new Set<number>()
    let server = await start(database)
    await aTeam(server, { name: 'team', members: ids('u', 8) })
    for (let round = 1; round <= 5; round++) {
      // The team of somebody with many reviews, all of which a bulk command moves at the moment of the kill.
      const bulk = `bulk-${round}`
      await aTeam(server, { name: bulk, members: [{ id: `${bulk}-author`, isActive: false }, ...ids(`${bulk}-`, 3)] })
      const author = `${bulk}-author`
      await Promise.all(
        ids(`${bulk}-pr`, 60).map((id) => server.post('/pullRequest/create', aPullRequest({ id, author }))),
      )
      const before = openReviews(await server.get('/users/getReview', { user_id: `${bulk}-1` }))

      const first = known.size
      const writers = ids('w', 12).map((name, index) =>
        write(server, `${round}${name}`, `u${1 + (index % 8)}`, known, statuses),
      )
      while (known.size < first + 60) await Bun.sleep(1)
      const moving = server
        .post('/team/deactivateMembers', { team_name: bulk, user_ids: [`${bulk}-1`] })
        .catch(() => null)
      await Bun.sleep(round)
      server.kill('SIGKILL')
      const moved = await moving
      await Promise.all(writers)
      await server.exited
      server = await start(database)

      expect((await server.get('/readyz')).status).toBe(200)
      await expectKept(server, known)
      const user = await server.get('/users/get', { user_id: `${bulk}-1` })
      const after = openReviews(await server.get('/users/getReview', { user_id: `${bulk}-1` }))
      expect([before > 0, after]).toEqual([true, user.body.is_active ? before : 0])
      if (moved !== null) expect(user.body.is_active).toBeFalse()
    }
    expect(statuses).toEqual(new Set([200, 201]))
    const unanswered = [...known].filter(([, entry]) => entry.unanswered === 'create')
    for (const [id] of unanswered) {
      const author = 'u1'
      const { body: found } = await server.get('/pullRequest/get', { pull_request_id: id })
      const request = aPullRequest({ id, author: found.author_id ?? author })
      const again = await server.post('/pullRequest/create', request, { 'Idempotency-Key': id })
      const { body } = await server.get('/decision/get', { pull_request_id: id })
      expect([again.status, body.decisions.length]).toEqual([201, 1])
    }
    await expectNoViolations(database)
    server.kill('SIGTERM')
    expect(await server.exited).toBe(0)
  }, 60_000)
})

describe('a server that is asked to stop', () => {
  test('answers what it had begun, then ends with code 0', async () => {
    const database = await freshDatabase()
    const server = await start(database)
    await aTeam(server, { name: 'held', members: ids('u', 4) })
    const blocker = new pg.Client({ connectionString: database.url })
    await blocker.connect()
    await blocker.query('BEGIN')
    await blocker.query('SELECT FROM team FOR UPDATE')
    const begun = ids('pr', 40).map((id) => server.post('/pullRequest/create', aPullRequest({ id, author: 'u1' })))
    for (let answered = 0; answered < 5; answered++) await server.get('/healthz')
    server.kill('SIGTERM')
    while (!server.output().includes('stopping')) await Bun.sleep(5)
    // A new connection is refused, an old one told that this process is no longer ready.
    const ready = await server.get('/readyz').then(
      ({ status }) => status,
      () => 'refused',
    )
    expect([503, 'refused']).toContain(ready)
    await blocker.query('ROLLBACK')
    await blocker.end()

    expect((await Promise.all(begun)).map(({ status }) => status)).toEqual(begun.map(() => 201))
    expect(await Promise.race([server.exited, Bun.sleep(EXIT_WITHIN_MS)])).toBe(0)
    await expectNoViolations(database)
  }, 30_000)

  test('under load has kept everything it answered for', async () => {
    const database = await freshDatabase()
    const server = await start(database)
    await aTeam(server, { name: 'team', members: ids('u', 8) })
    const known = new Map<string, Known>()
    const statuses = new Set<number>()
    const writers = ids('w', 24).map((name, index) => write(server, name, `u${1 + (index % 8)}`, known, statuses))
    while (known.size < 150) await Bun.sleep(1)
    server.kill('SIGTERM')

    expect(await Promise.race([server.exited, Bun.sleep(EXIT_WITHIN_MS)])).toBe(0)
    await Promise.all(writers)
    const restarted = await start(database)
    await expectKept(restarted, known)
    await expectNoViolations(database)
    expect([...statuses].filter((status) => ![200, 201, 503].includes(status))).toEqual([])
  }, 30_000)

  test('stops within its time even when the database never answers', async () => {
    const database = await freshDatabase()
    const server = await start(database, { STOP_TIMEOUT_MS: '1500' })
    await aTeam(server, { name: 'held', members: ids('u', 4) })
    const blocker = new pg.Client({ connectionString: database.url })
    await blocker.connect()
    await blocker.query('BEGIN')
    await blocker.query('SELECT FROM team FOR UPDATE')
    const begun = server.post('/pullRequest/create', aPullRequest({ id: 'pr', author: 'u1' })).catch(() => null)
    for (let answered = 0; answered < 3; answered++) await server.get('/healthz')
    server.kill('SIGTERM')

    expect(await Promise.race([server.exited, Bun.sleep(EXIT_WITHIN_MS)])).toBe(0)
    expect((await begun)?.status).not.toBe(201)
    await blocker.query('ROLLBACK')
    await blocker.end()
  }, 30_000)
})

test('a database that goes away again and again costs 503 and a repetition, never a wrong answer', async () => {
  const database = await freshDatabase()
  const server = await start(database)
  const api = clientOf(server.url)
  await aTeam(api, { name: 'team', members: ids('u', 8) })
  let isAway = true
  async function goAway(): Promise<void> {
    for (let times = 0; times < 25; times++) {
      await database.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'tandem'`,
      )
      await Bun.sleep(40 + 10 * (times % 7))
    }
    isAway = false
  }
  const refusals = new Map<string, number>()
  /** Repeats a command until it is done, as a caller with an Idempotency-Key may. */
  async function persist(path: string, body: unknown, key: string): Promise<Answer> {
    for (;;) {
      const answer = await api.post(path, body, { 'Idempotency-Key': key })
      if (answer.status !== 503) return answer
      const refusal = `${answer.body.error.code} ${answer.headers.get('Retry-After')}`
      refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1)
    }
  }
  const told = new Map<string, Shown>()
  async function writeOn(name: string, author: string): Promise<void> {
    for (let count = 1; isAway; count++) {
      const id = `${name}-${count}`
      const created = await persist('/pullRequest/create', aPullRequest({ id, author }), `create ${id}`)
      expect([created.status, created.body.pr?.assigned_reviewers.length]).toEqual([201, 2])
      const old_user_id: string = created.body.pr.assigned_reviewers[0]
      const change = { pull_request_id: id, old_user_id }
      const reassigned = await persist('/pullRequest/reassign', change, `reassign ${id}`)
      expect(reassigned.status).toBe(200)
      const merged = await persist('/pullRequest/merge', { pull_request_id: id }, `merge ${id}`)
      expect(merged.body.pr).toMatchObject({
        assigned_reviewers: reassigned.body.pr.assigned_reviewers,
        status: 'MERGED',
      })
      told.set(id, merged.body.pr as Shown)
    }
  }
  await Promise.all([goAway(), ...ids('w', 16).map((name, index) => writeOn(name, `u${1 + (index % 8)}`))])

  expect([...refusals.keys()]).toEqual(['DATABASE_UNAVAILABLE 1'])
  expect((await api.get('/readyz')).status).toBe(200)
  for (const [id, shown] of told) {
    expect((await api.get('/pullRequest/get', { pull_request_id: id })).body).toMatchObject(shown)
    expect((await api.get('/decision/get', { pull_request_id: id })).body.decisions).toHaveLength(2)
  }
  expect(told.size).toBeGreaterThan(16)
  await expectNoViolations(database)
  expect(server.output()).not.toContain('request failed')
}, 60_000)
