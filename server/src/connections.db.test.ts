import { afterAll, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import pg from 'pg'
import { aPullRequest, aTeam, ids } from './testing/builders.ts'
import type { Answer, Client } from './testing/client.ts'
import { freshDatabase, type TestDatabase } from './testing/database.ts'
import { noViolations, violations } from './testing/invariants.ts'
import { startServer, startServerProcess, type ServerProcess } from './testing/server.ts'

const SLOW_CLIENTS = 200
const IDLE_CLIENTS = 10_000
/** What the server, and this process, need open files for besides. */
const OTHER_FILES = 500
const CONNECTED_AT_ONCE = 250
const MAX_GROWTH_BYTES = 200 * 2 ** 20

type Connection = {
  write: (text: string) => number
  /** Everything that came so far. */
  received: () => string
  isClosed: () => boolean
  closed: Promise<void>
  end: () => void
}

/** A connection that says only what it is told to say, and reads nothing unless asked to. */
async function connectTo({ url }: Pick<Client, 'url'>, { isReading = true } = {}): Promise<Connection> {
  const { hostname, port } = new URL(url)
  let received = ''
  let isClosed = false
  const closed = Promise.withResolvers<void>()
  function close(): void {
    isClosed = true
    closed.resolve()
  }
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: (opened) => void (isReading || opened.pause()),
      data: (_, chunk) => void (received += chunk.toString('latin1')),
      close,
      error: close,
    },
  })
  afterAll(() => socket.terminate())
  return {
    write: (text) => socket.write(text),
    received: () => received,
    isClosed: () => isClosed,
    closed: closed.promise,
    end: () => socket.terminate(),
  }
}

/** Runs so many at once and no more, for the sake of the queue of new connections. */
async function inWaves<Result>(count: number, make: (index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  while (results.length < count) {
    const first = results.length
    const size = Math.min(CONNECTED_AT_ONCE, count - first)
    results.push(...(await Promise.all(Array.from({ length: size }, (_, index) => make(first + index)))))
  }
  return results
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(10)
}

function head(method: string, path: string, ...headers: string[]): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: tandem', ...headers, '', ''].join('\r\n')
}

function headOfCreate(length: number): string {
  return head('POST', '/pullRequest/create', 'Content-Type: application/json', `Content-Length: ${length}`)
}

function bodyOfCreate(id: string, author: string): string {
  return JSON.stringify(aPullRequest({ id, author }))
}

async function gauge(api: Client, name: string): Promise<number> {
  const text = await (await fetch(`${api.url}/metrics`)).text()
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, 'm').exec(text)?.[1]
  if (value === undefined) throw new Error(`There is no ${name} in:\n${text}`)
  return Number(value)
}

/** What anybody else wants meanwhile; gives the answers that were not right. */
async function othersAreServed(api: Client, team: string): Promise<unknown[]> {
  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const { pull_request_id, ...created } = aPullRequest({ id: crypto.randomUUID(), author: `${team}1` })
      return [
        await api.post('/pullRequest/create', { pull_request_id, ...created }),
        await api.get('/pullRequest/get', { pull_request_id }),
        await api.get('/team/get', { team_name: team }),
        await api.post('/pullRequest/merge', { pull_request_id }),
      ]
    }),
  )
  return answers.flat().filter(({ status }) => status !== 200 && status !== 201)
}

async function start(environment: Record<string, string> = {}): Promise<[ServerProcess, TestDatabase]> {
  const database = await freshDatabase()
  const server = await startServerProcess({ DATABASE_URL: database.url, ...environment })
  await aTeam(server, { name: 'calm', members: ids('calm', 5) })
  await aTeam(server, { name: 'held', members: ids('held', 5) })
  return [server, database]
}

/** Makes everybody wait who decides in this team, until it is released. */
async function holdTeam({ url }: TestDatabase, name: string): Promise<{ release: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('BEGIN')
  await client.query('SELECT FROM team WHERE team_name = $1 FOR UPDATE', [name])
  return {
    release: async () => {
      await client.query('ROLLBACK')
      await client.end()
    },
  }
}

async function areWaiting({ sql }: TestDatabase, count: number): Promise<boolean> {
  const [row] = await sql<{ n: number }>(
    `SELECT count(*) AS n FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'tandem' AND wait_event_type = 'Lock'`,
  )
  return row!.n >= count
}

/** Resident memory of a process; null where the system does not tell. */
function memoryOf({ pid }: ServerProcess): number | null {
  const path = `/proc/${pid}/status`
  if (!existsSync(path)) return null
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(path, 'utf8'))![1]) * 1024
}

function growthOf(server: ServerProcess, before: number | null): number {
  const now = memoryOf(server)
  return now === null || before === null ? 0 : now - before
}

test('clients that send their bodies byte by byte are served in the end, and others meanwhile', async () => {
  const [server] = await start()
  const clients = await inWaves(SLOW_CLIENTS, async (index) => {
    const body = bodyOfCreate(`slow-${index}`, 'calm1')
    const connection = await connectTo(server)
    connection.write(headOfCreate(body.length))
    return { connection, body }
  })
  const faults: unknown[] = []
  for (let sent = 0; sent < 10; sent++) {
    for (const { connection, body } of clients) connection.write(body.charAt(sent))
    faults.push(...(await othersAreServed(server, 'calm')))
  }
  for (const { connection, body } of clients) connection.write(body.slice(10))
  await until(() => clients.every(({ connection }) => connection.received().includes('"pr":')))

  expect(faults).toEqual([])
  expect(clients.filter(({ connection }) => !connection.received().startsWith('HTTP/1.1 201'))).toEqual([])
  expect(server.output()).not.toContain('request failed')
}, 60_000)

test('clients that ask and ask and read no answer take little memory, and others are served', async () => {
  const [server] = await start()
  await aTeam(server, { name: 'large', members: ids('member-of-the-large-team-', 150) })
  const answer = await server.get('/team/get', { team_name: 'large' })
  expect(JSON.stringify(answer.body).length).toBeGreaterThan(12_000)
  await othersAreServed(server, 'calm')
  const before = memoryOf(server)

  const question = head('GET', '/team/get?team_name=large').repeat(500)
  const clients = await inWaves(SLOW_CLIENTS, async () => {
    const connection = await connectTo(server, { isReading: false })
    connection.write(question)
    return connection
  })
  const faults: unknown[] = []
  for (let round = 0; round < 10; round++) faults.push(...(await othersAreServed(server, 'calm')))

  expect(faults).toEqual([])
  expect(clients.filter((connection) => connection.received() !== '')).toEqual([])
  expect(growthOf(server, before)).toBeLessThan(MAX_GROWTH_BYTES)
}, 60_000)

test('connections on which no whole request comes are closed after the idle time-out', async () => {
  const [server] = await start({ IDLE_TIMEOUT_S: '1' })
  const beginnings = [
    '',
    'P',
    'POST /pullRequest/cre',
    'POST /pullRequest/create HTTP/1.1\r\nHost: tan',
    headOfCreate(90),
  ]
  const connections = await inWaves(beginnings.length * 20, async (index) => {
    const connection = await connectTo(server)
    connection.write(beginnings[index % beginnings.length]!)
    return connection
  })
  const faults = await othersAreServed(server, 'calm')
  await Promise.all(connections.map(({ closed }) => closed))
  await until(async () => (await gauge(server, 'tandem_requests_in_flight')) === 0)

  expect(faults).toEqual([])
  expect(await othersAreServed(server, 'calm')).toEqual([])
}, 60_000)

test('thousands of idle keep-alive connections take little memory, and others are served', async () => {
  const hardLimit = Bun.spawnSync(['sh', '-c', 'ulimit -Hn']).stdout.toString().trim()
  const allowed = hardLimit === 'unlimited' ? IDLE_CLIENTS : Number(hardLimit) - OTHER_FILES
  const count = Math.min(IDLE_CLIENTS, allowed)
  const shortage = `Only ${count} idle connections: a process may have ${hardLimit} files open\n`
  if (count < IDLE_CLIENTS) process.stderr.write(shortage)
  const [server] = await start({ IDLE_TIMEOUT_S: '255' })
  await othersAreServed(server, 'calm')
  const before = memoryOf(server)
  const question = head('GET', '/team/get?team_name=calm')
  async function ask(connection: Connection): Promise<void> {
    const expected = connection.received().split('"team_name"').length + 1
    connection.write(question)
    await until(() => connection.isClosed() || connection.received().split('"team_name"').length === expected)
  }
  const connections = await inWaves(count, async () => {
    const connection = await connectTo(server)
    await ask(connection)
    return connection
  })
  const faults = await othersAreServed(server, 'calm')
  const growth = growthOf(server, before)
  await Promise.all(connections.filter((_, index) => index % 100 === 0).map(ask))

  expect(faults).toEqual([])
  expect(growth).toBeLessThan(MAX_GROWTH_BYTES)
  expect(connections.filter((connection) => connection.isClosed())).toEqual([])
  for (const connection of connections) connection.end()
  await until(async () => (await othersAreServed(server, 'calm')).length === 0)
}, 120_000)

test('a command whose client goes away in the middle of it is done or not, and the service goes on', async () => {
  const [server, database] = await start()
  const held = await holdTeam(database, 'held')
  const requests = ids('left-', 60).map((id, index) => {
    const body = bodyOfCreate(id, index % 2 === 0 ? 'held1' : 'calm1')
    const text = headOfCreate(body.length) + body
    const isWhole = index % 3 === 0
    return { id, isWhole, text: isWhole ? text : text.slice(0, text.length - 1 - index) }
  })
  const connections = await inWaves(requests.length, async (index) => {
    const connection = await connectTo(server)
    connection.write(requests[index]!.text)
    return connection
  })
  await until(() => areWaiting(database, 1))
  for (const connection of connections) connection.end()
  await held.release()
  await until(async () => (await gauge(server, 'tandem_requests_in_flight')) === 0)
  await until(async () => (await gauge(server, 'tandem_batches_in_flight')) === 0)

  for (const { id, isWhole } of requests) {
    const { status } = await server.get('/pullRequest/get', { pull_request_id: id })
    const again = await server.post('/pullRequest/create', aPullRequest({ id, author: 'calm1' }))

    expect(isWhole ? [200, 404] : [404]).toContain(status)
    expect(again.status).toBe(status === 200 ? 409 : 201)
  }
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))
  expect(server.output()).not.toContain('request failed')
}, 60_000)

test.each([
  [
    'of unknown length',
    head('POST', '/pullRequest/create', 'Content-Type: application/json', 'Transfer-Encoding: chunked'),
  ],
  ['that says it is endless', headOfCreate(2 ** 39)],
])(
  'a body %s that never ends is cut by the limit',
  async (_, beginning) => {
    const [server] = await start({ MAX_BODY_BYTES: '65536' })
    const chunk = `2000\r\n${'x'.repeat(0x2000)}\r\n`
    const connections = await inWaves(20, async () => {
      const connection = await connectTo(server)
      connection.write(beginning)
      return connection
    })
    const faults: unknown[] = []
    while (!connections.every((connection) => connection.isClosed())) {
      for (const connection of connections) connection.write(chunk)
      faults.push(...(await othersAreServed(server, 'calm')))
    }

    expect(faults).toEqual([])
    expect(connections.map((connection) => connection.received().slice(0, 12))).toEqual(
      connections.map(() => 'HTTP/1.1 413'),
    )
  },
  60_000,
)

test('when as many creates wait as may, more are refused at once, and everything else is served', async () => {
  const database = await freshDatabase()
  // Nothing may give up before the team is released.
  const patience = { DATABASE_STATEMENT_TIMEOUT_MS: '600000', REQUEST_TIMEOUT_MS: '600000' }
  const api = startServer(database, { MAX_QUEUED_PER_KIND: '5', ...patience })
  await aTeam(api, { name: 'held', members: ids('held', 5) })
  await aTeam(api, { name: 'calm', members: ids('calm', 5) })
  // Turns are never assumed, so that all these creates wait in one queue.
  await api.post('/team/setPolicy', { team_name: 'held', policy: 'round-robin' })
  const create = (id: string, author: string) => api.post('/pullRequest/create', aPullRequest({ id, author }))
  const { body } = await create('pr-calm', 'calm1')
  const held = await holdTeam(database, 'held')
  const first = create('pr-0', 'held1')
  await until(() => areWaiting(database, 1))
  const queued = ids('pr-', 5).map((id) => create(id, 'held1'))
  await until(async () => (await gauge(api, 'tandem_queue_depth')) === 5)

  const refused = await Promise.all(ids('refused-', 20).map((id) => create(id, 'held1')))
  const old_user_id: string = body.pr.assigned_reviewers[0]
  const served = [
    await api.get('/team/get', { team_name: 'calm' }),
    await api.get('/team/get', { team_name: 'held' }),
    await api.get('/users/getReview', { user_id: old_user_id }),
    await api.get('/pullRequest/get', { pull_request_id: 'pr-calm' }),
    await api.post('/pullRequest/reassign', { pull_request_id: 'pr-calm', old_user_id }),
    await api.post('/pullRequest/merge', { pull_request_id: 'pr-calm' }),
    await api.post('/users/setIsActive', { user_id: 'calm5', is_active: false }),
    await api.post('/team/setPolicy', { team_name: 'calm', policy: 'random' }),
    await api.post('/team/deactivateMembers', { team_name: 'calm', user_ids: ['calm4'] }),
    await api.post('/team/undoDeactivation', { team_name: 'calm' }),
    await api.get('/readyz'),
  ]
  const isStillWaiting = await areWaiting(database, 1)
  await held.release()

  expect(refused.map(refusalOf)).toEqual(refused.map(() => ({ status: 503, code: 'OVERLOADED', retryAfter: '1' })))
  expect(served.map(({ status }) => status)).toEqual(served.map(() => 200))
  expect(isStillWaiting).toBe(true)
  expect((await Promise.all([first, ...queued])).map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201])
  expect((await create('refused-01', 'calm1')).status).toBe(201)
}, 60_000)

function refusalOf({ status, headers, body }: Answer) {
  return { status, code: body.error?.code as string, retryAfter: headers.get('Retry-After') }
}
