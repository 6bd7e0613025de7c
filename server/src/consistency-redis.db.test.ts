import { beforeAll, describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from './testing/builders.ts'
import { until } from './testing/change-feed.ts'
import type { Client } from './testing/client.ts'
import {
  about,
  ask,
  figure,
  isCurrent,
  NO_CACHE,
  staleAt,
  untilCurrent,
  type Question,
  type World,
} from './testing/consistency.ts'
import { freshDatabase } from './testing/database.ts'
import { hasRedis, startRedis } from './testing/redis.ts'
import { startServer, startServerProcess } from './testing/server.ts'
import { startTcpProxy } from './testing/tcp-proxy.ts'

type Command = [path: string, body: object]

const LOAD_MS = 600
const WORKERS = 12
/** A refusal of the contract is an answer like any other. */
const STATUSES = new Set([200, 201, 404, 409])

const world: World = { people: ids('p', 15), teams: ['team-1', 'team-2', 'team-3'], pullRequests: [] }
const { people, teams, pullRequests } = world
/** What was answered with anything but these statuses, or not at all. */
const failures: string[] = []

async function show(client: Client, question: Question, headers = {}): Promise<any> {
  const response = await ask(client, question, headers)
  if (!STATUSES.has(response.status)) failures.push(`${question[0]}: ${response.status}`)
  return response.json()
}

function oneOf<T>(things: readonly T[]): T {
  return things[Math.floor(Math.random() * things.length)]!
}

/** A command about anything, which may well be refused. */
function anyCommand(id: string, known: string, reviewers: readonly string[]): Command {
  const [user_id, team_name, is_active] = [oneOf(people), oneOf(teams), oneOf([true, true, false])]
  const create: Command = ['/pullRequest/create', aPullRequest({ id, author: user_id })]
  const reassign: Command = [
    '/pullRequest/reassign',
    { pull_request_id: known, old_user_id: oneOf(reviewers) ?? user_id },
  ]
  const merge: Command = ['/pullRequest/merge', { pull_request_id: known }]
  const flag: Command = ['/users/setIsActive', { user_id, is_active }]
  const weighted = [create, create, create, create, reassign, reassign, merge, merge, flag, flag]
  return oneOf<Command>([
    ...weighted,
    ['/team/add', { team_name: id, members: [{ user_id, username: id, is_active }] }],
    [oneOf(['/team/deactivateMembers', '/team/undoDeactivation']), { team_name }],
  ])
}

/** One of many users of the service, who does anything to anything and looks at it. */
async function work(clients: readonly Client[], name: string, ends: number): Promise<void> {
  for (let count = 1; performance.now() < ends; count++) {
    const [client, id] = [oneOf(clients), `${name}-${count}`]
    const known = oneOf(pullRequests.slice(-20)) ?? 'none'
    const { assigned_reviewers = [] } = await show(client, about.pullRequest(known))
    const [path, body] = anyCommand(id, known, assigned_reviewers)
    if (path === '/pullRequest/create') pullRequests.push(id)
    if (path === '/team/add') teams.push(id)
    const answer = await client.post(path, body)
    if (!STATUSES.has(answer.status)) failures.push(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    const questions = [
      about.pullRequest(known),
      about.reviewsOf(oneOf(people)),
      about.team(oneOf(teams)),
      about.user(oneOf(people)),
    ]
    await Promise.all(questions.map((question) => show(client, question)))
  }
}

let loads = 0
function load(clients: readonly Client[], ms = LOAD_MS): Promise<unknown> {
  const [name, ends] = [`load-${++loads}`, performance.now() + ms]
  return Promise.all(ids(`${name}-`, WORKERS).map((worker) => work(clients, worker, ends)))
}

async function start() {
  const [database, redis] = await Promise.all([freshDatabase(), startRedis()])
  const proxies = [await startTcpProxy(redis.port), await startTcpProxy(redis.port)] as const
  // So old that age never hides what is stale.
  const settings = { DATABASE_URL: database.url, DATABASE_POOL_SIZE: '8', CACHE_MAX_AGE_S: '600' }
  const [one, two] = await Promise.all([
    startServerProcess({ ...settings, REDIS_URL: `redis://127.0.0.1:${proxies[0].port}` }),
    startServerProcess({ ...settings, REDIS_URL: `redis://127.0.0.1:${proxies[1].port}` }),
  ])
  return { redis, proxies, one, two, truth: startServer(database, { CACHE_MAX_BYTES: '0' }) }
}

const started = hasRedis ? await start() : null

describe.skipIf(started === null)('of two processes with Redis', () => {
  const { redis, proxies, one, two, truth } = started!
  const both = [one, two]

  beforeAll(async () => {
    for (const [index, name] of teams.slice(0, 3).entries()) {
      await aTeam(one, { name, members: people.slice(index * 5, index * 5 + 5) })
    }
    await untilCurrent(...both)
  })

  /** Waits until everything is answered from memory and as the database would. */
  async function expectNothingStaleAt(...clients: readonly Client[]): Promise<void> {
    for (const client of clients) {
      let stale: unknown[] = []
      const looked = until(async () => {
        const hits = await figure(client, 'tandem_cache_hits_total')
        stale = await staleAt(client, truth, world, show)
        return stale.length === 0 && (await figure(client, 'tandem_cache_hits_total')) >= hits + 2 * people.length
      })
      await looked.finally(() => expect(stale).toEqual([]))
    }
    expect(failures).toEqual([])
  }

  test('the other shows soon what one wrote, and at once to who insists on it', async () => {
    await aTeam(one, { name: 'told', members: ['author', 'reviewer'] })
    for (let round = 1; round <= 8; round++) {
      const insists = round % 2 === 0
      const look = (question: Question) => show(two, question, insists ? NO_CACHE : {})
      const shows = async (isShown: () => Promise<boolean>) =>
        insists ? expect(await isShown()).toBe(true) : until(isShown)
      const id = `told-${round}`
      await Promise.all(
        [about.team('told'), about.user('author'), about.reviewsOf('reviewer'), about.pullRequest(id)].map(look),
      )
      await one.post('/pullRequest/create', aPullRequest({ id, author: 'author' }))
      await shows(async () => (await look(about.reviewsOf('reviewer'))).pull_requests[0]?.pull_request_id === id)
      await look(about.pullRequest(id))
      await one.post('/pullRequest/merge', { pull_request_id: id })
      await shows(async () => (await look(about.pullRequest(id))).status === 'MERGED')
      await shows(async () => (await look(about.reviewsOf('reviewer'))).pull_requests[0].status === 'MERGED')
      for (const is_active of [false, true]) {
        await one.post('/users/setIsActive', { user_id: 'author', is_active })
        await shows(async () => (await look(about.user('author'))).is_active === is_active)
        await shows(async () => (await look(about.team('told'))).members[0].is_active === is_active)
      }
    }
    expect(failures).toEqual([])
  })

  test('neither shows anything stale after both did everything at once, nor after Redis forgot all meanwhile', async () => {
    await load(both)
    await expectNothingStaleAt(...both)
    const working = load(both)
    for (let round = 1; round <= 5; round++) {
      await Bun.sleep(LOAD_MS / 7)
      await redis.run('FLUSHALL')
    }
    await working
    await expectNothingStaleAt(...both)
  })

  test('nor after Redis was killed meanwhile and started again', async () => {
    const working = load(both, 3 * LOAD_MS)
    await Bun.sleep(LOAD_MS)
    await redis.kill()
    await Bun.sleep(LOAD_MS)
    await redis.start()
    await working
    await expectNothingStaleAt(...both)
  })

  test('nor after Redis took 300 ms to hear and as long to answer meanwhile', async () => {
    for (const proxy of proxies) proxy.delay(300)
    await load(both)
    for (const proxy of proxies) proxy.delay(0)
    await expectNothingStaleAt(...both)
  })

  test('nor while Redis takes 5 s to hear, once that is noticed, nor after it', async () => {
    const written = pullRequests.length
    for (const proxy of proxies) proxy.delay(5000)
    await load(both)
    for (const client of both) await until(async () => !(await isCurrent(client)))
    await load(both)
    for (const client of both) expect(await staleAt(client, truth, world, show)).toEqual([])
    expect(pullRequests.length).toBeGreaterThan(written + WORKERS)
    for (const proxy of proxies) proxy.delay(0)
    await expectNothingStaleAt(...both)
  })

  test('one shows nothing stale after the other could not tell what it wrote, and was killed', async () => {
    const working = [load([one]), load([two])]
    await Bun.sleep(LOAD_MS / 3)
    proxies[1].goDead()
    await Bun.sleep(LOAD_MS / 3)
    two.kill('SIGKILL')
    const ends = await Promise.allSettled(working)

    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await expectNothingStaleAt(one)
  })
})
