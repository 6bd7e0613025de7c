import { afterAll, describe, expect, test } from 'bun:test'
import pg from 'pg'
import { contextOf } from './app.ts'
import { replayDecisions } from './features/reviews/index.ts'
import { openDatabase } from './infra/db/database.ts'
import { aPullRequest, aTeam, ids } from './testing/builders.ts'
import type { Answer, Client } from './testing/client.ts'
import { freshDatabase, type TestDatabase } from './testing/database.ts'
import { noViolations, violations } from './testing/invariants.ts'
import { commandPaths, Outcomes } from './testing/outcomes.ts'
import { startServerProcess, type ServerProcess } from './testing/server.ts'

/** How long the load lasts: a minute in CI, less at a desk, or what TEST_LOAD_SECONDS says. */
const LOAD_MS = Number(process.env['TEST_LOAD_SECONDS'] ?? (process.env['CI'] === 'true' ? 60 : 10)) * 1000
const PROCESSES = 4
const WORKERS = 32
const COLD_TEAMS = 20

const POLICIES = ['least-loaded', 'random', 'round-robin']

type Group = { people: readonly string[]; moves: boolean; prefix: string; recent: number; opened: number }

/** Where it collides, few people move among few teams and all work is about few pull requests; elsewhere it does not. */
const hot: Group = { people: ids('hot', 5), moves: false, prefix: 'hot-', recent: 10, opened: 0 }
const restless: Group = { people: ids('restless', 9), moves: true, prefix: 'restless-', recent: 15, opened: 0 }
const cold: Group = { people: ids('cold', COLD_TEAMS * 5), moves: false, prefix: 'cold-', recent: 300, opened: 0 }
const groups = [hot, restless, cold] as const

const database = await freshDatabase()
const environment = { DATABASE_URL: database.url, DATABASE_POOL_SIZE: '8' }
const servers = await startProcesses(PROCESSES, environment)
const outcomes = new Outcomes()
const differentAnswers: unknown[] = []
let teamsAdded = 0

function startProcesses(count: number, settings: Record<string, string>): Promise<ServerProcess[]> {
  return Promise.all(Array.from({ length: count }, () => startServerProcess(settings)))
}

/** Numbers that look random and are the same in every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

type Worker = { client: Client; other: Client; random: (below: number) => number }

/** One in four commands has a key, and half of these come to two processes at once. */
async function send({ client, other, random }: Worker, path: string, body: unknown): Promise<Answer> {
  const headers = random(4) === 0 ? { 'Idempotency-Key': crypto.randomUUID() } : undefined
  const clients = headers !== undefined && random(2) === 0 ? [client, other] : [client]
  const answers = await Promise.all(clients.map((each) => each.post(path, body, headers)))
  for (const answer of answers) outcomes.note(path, answer)
  const [first, second = first] = answers as [Answer, Answer?]
  if (first.status !== second.status || !Bun.deepEquals(first.body, second.body)) {
    differentAnswers.push([path, first.body, second.body])
  }
  return first
}

/** One of many users of the service, who never waits between two calls. */
async function work(worker: Worker, until: number): Promise<void> {
  while (performance.now() < until) {
    const group = groups[worker.random(groups.length)]!
    const dice = worker.random(100)
    if (dice < 70) await review(worker, group, dice)
    else await manage(worker, group, dice)
  }
}

async function review(worker: Worker, group: Group, dice: number): Promise<void> {
  const { client, random } = worker
  const somebody = () => group.people[random(group.people.length)]!
  const pull_request_id = group.prefix + Math.max(1, group.opened - random(group.recent))
  if (dice < 35) {
    // Now and then one that there is already.
    const id = random(6) === 0 ? pull_request_id : group.prefix + ++group.opened
    await send(worker, '/pullRequest/create', aPullRequest({ id, author: somebody() }))
  } else if (dice < 57) {
    const { body } = await client.get('/pullRequest/get', { pull_request_id })
    const old_user_id: string = body.assigned_reviewers?.[random(2)] ?? somebody()
    await send(worker, '/pullRequest/reassign', { pull_request_id, old_user_id })
  } else await send(worker, '/pullRequest/merge', { pull_request_id })
}

async function manage(worker: Worker, { people, moves }: Group, dice: number): Promise<void> {
  const { client, random } = worker
  const somebody = () => people[random(people.length)]!
  const user_id = somebody()
  if (dice < 80) {
    await send(worker, '/users/setIsActive', { user_id, is_active: random(4) > 0 })
    return
  }
  if (dice < 86 && moves) {
    // Names in no order, so that locks taken as they come would cross; now and then one that there is already.
    const name = random(4) === 0 ? teamsAdded : ++teamsAdded
    const joining = new Set([user_id, somebody(), somebody(), somebody()])
    const members = [...joining].map((id) => ({ user_id: id, username: id, is_active: random(4) > 0 }))
    await send(worker, '/team/add', { team_name: `${'qwertyuiop'[name % 10]}-${name}`, members })
    return
  }
  const team_name = (await client.get('/users/get', { user_id })).body.team_name as string
  if (dice < 90) await send(worker, '/team/deactivateMembers', { team_name, user_ids: [user_id] })
  else if (dice < 91) await send(worker, '/team/deactivateMembers', { team_name })
  else if (dice < 97) await send(worker, '/team/undoDeactivation', { team_name })
  else await send(worker, '/team/setPolicy', { team_name, policy: POLICIES[random(POLICIES.length)] })
}

async function addTeams(client: Client): Promise<void> {
  await aTeam(client, { name: 'hot', members: hot.people })
  for (let team = 0; team < 3; team++) {
    await aTeam(client, { name: `restless-${team}`, members: restless.people.slice(team * 3, team * 3 + 3) })
  }
  for (let team = 0; team < COLD_TEAMS; team++) {
    const team_name = `cold-${team}`
    await aTeam(client, { name: team_name, members: cold.people.slice(team * 5, team * 5 + 5) })
    await client.post('/team/setPolicy', { team_name, policy: POLICIES[team % POLICIES.length] })
  }
}

describe('after every command on four processes at once, where it collides and where it does not', () => {
  test('every answer was one of the contract, and every kind of command was done', async () => {
    await addTeams(servers[0]!)
    const until = performance.now() + LOAD_MS
    const workers = Array.from({ length: WORKERS }, (_, index) => ({
      client: servers[index % PROCESSES]!,
      other: servers[(index + 1) % PROCESSES]!,
      random: randomFrom(index + 1),
    }))
    await Promise.all(workers.map((worker) => work(worker, until)))

    expect(outcomes.unexpected()).toEqual([])
    expect(outcomes.donePaths()).toEqual(commandPaths)
  }, 120_000)

  test('a command with one key at two processes got one answer', () => {
    expect(differentAnswers).toEqual([])
  })

  test('no rule is broken by anything in the database', async () => {
    const found = await violations(database)

    expect(found).toEqual(noViolations(found))
  }, 120_000)

  test('every decision can be made again', async () => {
    const options = { url: database.url, poolSize: 2, connectTimeoutMs: 5000, statementTimeoutMs: 60_000 }
    const db = openDatabase({ ...options, onError: () => undefined })
    afterAll(() => db.close())
    const { differences, replayed } = await replayDecisions(contextOf(db))

    expect(differences).toEqual([])
    expect(replayed).toBeGreaterThan(outcomes.countOf('/pullRequest/reassign', '200'))
  }, 120_000)

  test('all processes end well, and PostgreSQL never had to break a deadlock', async () => {
    for (const server of servers) server.kill('SIGTERM')
    expect(await Promise.all(servers.map(({ exited }) => exited))).toEqual(servers.map(() => 0))
    // A session hands in its figures before it leaves the list.
    while ((await sessions(database)).length > 0) await Bun.sleep(20)
    const [row] = await database.sql('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')

    expect(row).toEqual({ deadlocks: 0 })
    for (const server of servers) expect(server.output()).not.toContain('request failed')
  }, 60_000)
})

/** The connections of the service to the database, and whether they wait for a lock. */
function sessions({ sql }: TestDatabase): Promise<{ isWaiting: boolean }[]> {
  return sql(
    `SELECT wait_event_type IS NOT DISTINCT FROM 'Lock' AS "isWaiting" FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'tandem'`,
  )
}

async function waiting(held: TestDatabase, count: number): Promise<void> {
  while ((await sessions(held)).filter(({ isWaiting }) => isWaiting).length < count) await Bun.sleep(5)
}

/** Nobody decides in the team or changes its pull requests, until it is released. */
async function holdTeam({ url }: TestDatabase, name: string): Promise<{ release: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('BEGIN')
  await client.query('SELECT FROM team WHERE team_name = $1 FOR UPDATE', [name])
  await client.query('SELECT FROM pull_request WHERE team_name = $1 FOR UPDATE', [name])
  return {
    release: async () => {
      await client.query('ROLLBACK')
      await client.end()
    },
  }
}

type Command = { path: string; body: unknown }

/** Calls of every kind about one team, each about a pull request or a person of its own. */
async function commandsIn(client: Client, team: string, from: number): Promise<Command[]> {
  const own = [0, 1].map((index) => `${team}-${from + index}`)
  const commands = own.map(async (name, index): Promise<Command[]> => {
    const author = `${team}${index + 1}`
    const opened = await client.post('/pullRequest/create', aPullRequest({ id: `${name}-reassign`, author }))
    await client.post('/pullRequest/create', aPullRequest({ id: `${name}-merge`, author }))
    const old_user_id: string = opened.body.pr.assigned_reviewers[0]
    return [
      { path: '/pullRequest/create', body: aPullRequest({ id: `${name}-create`, author }) },
      { path: '/pullRequest/reassign', body: { pull_request_id: `${name}-reassign`, old_user_id } },
      { path: '/pullRequest/merge', body: { pull_request_id: `${name}-merge` } },
      { path: '/users/setIsActive', body: { user_id: `${team}${5 + index}`, is_active: false } },
    ]
  })
  return (await Promise.all(commands)).flat()
}

function sendAll(client: Client, commands: readonly Command[]): Promise<Answer[]> {
  return Promise.all(commands.map(({ path, body }) => client.post(path, body)))
}

function isDoneOrToBeRepeated({ status, headers }: Answer): boolean {
  return status === 200 || status === 201 || (status === 503 && headers.get('Retry-After') !== null)
}

describe('while one team is held by somebody', () => {
  async function start(count: number): Promise<[TestDatabase, ...ServerProcess[]]> {
    const own = await freshDatabase()
    // An eighth of it is how long a batch waits for a lock, and half of it how long a call alone does.
    const processes = await startProcesses(count, { DATABASE_URL: own.url, DATABASE_STATEMENT_TIMEOUT_MS: '2000' })
    for (const name of ['held', 'free']) await aTeam(processes[0]!, { name, members: ids(name, 8) })
    return [own, ...processes]
  }
  const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status)

  test.each(['that knows both teams', 'that has just started'])(
    'commands in another team are done through another process %s',
    async (kind) => {
      const [own, one, two] = (await start(2)) as [TestDatabase, ServerProcess, ServerProcess]
      if (kind === 'that knows both teams') for (const team of ['held', 'free']) await commandsIn(two, team, 2)
      const heldCommands = await commandsIn(one, 'held', 0)
      const freeCommands = await commandsIn(one, 'free', 0)
      const held = await holdTeam(own, 'held')
      const late = sendAll(one, heldCommands)
      await waiting(own, 1)
      const done = await sendAll(two, freeCommands)
      await held.release()

      expect(statuses(done)).toEqual([201, 200, 200, 200, 201, 200, 200, 200])
      expect((await late).filter((answer) => !isDoneOrToBeRepeated(answer))).toEqual([])
    },
  )

  test('commands in another team are done also when they came in one batch with commands in the held one', async () => {
    const [own, client] = (await start(1)) as [TestDatabase, ServerProcess]
    const first = (await commandsIn(client, 'held', 0)).slice(0, 4)
    const next = await commandsIn(client, 'held', 2)
    const freeCommands = await commandsIn(client, 'free', 0)
    const held = await holdTeam(own, 'held')
    // While one batch of each kind waits for the team, the next of its kind gathers: both teams are in it.
    const late = [sendAll(client, first)]
    await waiting(own, 4)
    late.push(sendAll(client, next))
    const done = await sendAll(client, freeCommands)
    await held.release()
    const lateAnswers = (await Promise.all(late)).flat()

    expect(statuses(done)).toEqual([201, 200, 200, 200, 201, 200, 200, 200])
    expect(lateAnswers.filter((answer) => !isDoneOrToBeRepeated(answer))).toEqual([])
    const refused = [...first, ...next].filter((_, index) => lateAnswers[index]!.status === 503)
    expect(refused.length).toBeGreaterThan(0)
    expect(statuses(await sendAll(client, refused)).filter((status) => status !== 200 && status !== 201)).toEqual([])
  })
})
