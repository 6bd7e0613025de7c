import { beforeAll, describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from './testing/builders.ts'
import { until } from './testing/change-feed.ts'
import type { Answer, Client } from './testing/client.ts'
import {
  about,
  ask,
  figure,
  NO_CACHE,
  staleAt,
  untilCurrent,
  type Question,
  type World,
} from './testing/consistency.ts'
import { freshDatabase } from './testing/database.ts'
import { startServer, startServerProcess } from './testing/server.ts'

type Short = { pull_request_id: string; pull_request_name: string; author_id: string; status: string }
type PullRequest = Short & { assigned_reviewers: string[] }
type Member = { user_id: string; username: string; is_active: boolean }

const LOAD_MS = 700
/** So old that age never hides what is stale. */
const environment = { DATABASE_POOL_SIZE: '8', CACHE_MAX_AGE_S: '600' }

async function show(client: Client, question: Question, headers = {}): Promise<any> {
  return (await ask(client, question, headers)).json()
}

/** With what JSON, URLs, SQL and string searches write in ways of their own. */
function odd(text: string): string {
  return `${text} "\\u0041\\" it's,{}[]\n\r\t\u0001\u007f\u2028 %41%/?&=+ é😀`
}

function oddIds(prefix: string, count: number): string[] {
  return ids(prefix, count).map(odd)
}

function below(limit: number): number {
  return Math.floor(Math.random() * limit)
}

function oneOf<T>(things: readonly T[]): T {
  return things[below(things.length)]!
}

function asMember(id: string): Member {
  return { user_id: id, username: odd(`Name ${below(1000)}`), is_active: below(4) > 0 }
}

async function send(client: Client, path: string, body: unknown, statuses = [200, 201]): Promise<Answer> {
  const headers = below(4) === 0 ? { 'Idempotency-Key': crypto.randomUUID() } : {}
  const answer = await client.post(path, body, headers)
  if (!statuses.includes(answer.status)) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer
}

async function aWorld(client: Client, prefix: string, size: number): Promise<World> {
  const people = oddIds(`${prefix} person `, 3 * size)
  const teams = oddIds(`${prefix} team `, 3)
  for (const [index, name] of teams.entries()) {
    await aTeam(client, { name, members: people.slice(index * size, index * size + size) })
  }
  return { people, teams, pullRequests: [] }
}

/** One of many users of the service, who does anything to anything and looks at it. */
async function doAnything(clients: readonly Client[], world: World, name: string, ends: number): Promise<void> {
  const { people, teams, pullRequests } = world
  for (let count = 1; performance.now() < ends; count++) {
    const [client, user_id, team_name] = [oneOf(clients), oneOf(people), oneOf(teams)]
    const [id, known] = [odd(`${name}-${count}`), pullRequests.at(-1 - below(20)) ?? 'none']
    const { assigned_reviewers = [] } = await show(client, about.pullRequest(known))
    const old_user_id = oneOf(assigned_reviewers) ?? user_id
    const commands: [weight: number, path: string, body: object][] = [
      [6, '/pullRequest/create', aPullRequest({ id, author: user_id })],
      [4, '/pullRequest/reassign', { pull_request_id: known, old_user_id }],
      [3, '/pullRequest/merge', { pull_request_id: known }],
      [3, '/users/setIsActive', { user_id, is_active: below(3) > 0 }],
      [1, '/team/add', { team_name: id, members: [...new Set([user_id, oneOf(people)])].map(asMember) }],
      [1, '/team/setPolicy', { team_name, policy: oneOf(['random', 'round-robin']), reviewers_wanted: 1 + below(2) }],
      [1, '/team/deactivateMembers', { team_name }],
      [1, '/team/undoDeactivation', { team_name }],
    ]
    const [, path, body] = oneOf(commands.flatMap((command) => Array.from({ length: command[0] }, () => command)))
    if (path === '/pullRequest/create') pullRequests.push(id)
    if (path === '/team/add') teams.push(id)
    await send(client, path, body, [200, 201, 404, 409])
    const questions = [
      about.pullRequest(known),
      about.reviewsOf(user_id),
      about.reviewsOf(oneOf(people)),
      about.team(team_name),
      about.user(user_id),
    ]
    await Promise.all(questions.map((question) => show(client, question, below(20) === 0 ? NO_CACHE : {})))
  }
}

function doAnythingAtOnce(clients: readonly Client[], world: World, name: string, ms = LOAD_MS): Promise<unknown> {
  const ends = performance.now() + ms
  return Promise.all(oddIds(name, 12).map((worker) => doAnything(clients, world, worker, ends)))
}

const api = startServer(await freshDatabase(), environment)
await untilCurrent(api)

describe('one process shows no less than what it acknowledged before the question:', () => {
  let world: World
  /** By pull request, as they were expected last. */
  const reviewers = new Map<string, readonly string[]>()

  /** Only for what nobody else changes. */
  async function expectShown(pr: PullRequest, goneIds: readonly string[] = []): Promise<void> {
    const { pull_request_id, pull_request_name, author_id, status, assigned_reviewers } = pr
    const short = { pull_request_id, pull_request_name, author_id, status }
    reviewers.set(pull_request_id, assigned_reviewers)
    const listed = async (id: string) => {
      const { pull_requests } = await show(api, about.reviewsOf(id))
      return pull_requests.filter((listing: Short) => listing.pull_request_id === pull_request_id)
    }
    const [shown, reviewing, gone] = await Promise.all([
      show(api, about.pullRequest(pull_request_id)),
      Promise.all(assigned_reviewers.map(listed)),
      Promise.all(goneIds.map(listed)),
    ])
    expect(shown).toMatchObject(pr)
    expect(reviewing).toEqual(assigned_reviewers.map(() => [short]))
    expect(gone).toEqual(goneIds.map(() => []))
  }

  async function expectTeam(team_name: string, members: readonly Member[]): Promise<void> {
    expect(await show(api, about.team(team_name))).toEqual({ team_name, members })
    const users = await Promise.all(members.map(({ user_id }) => show(api, about.user(user_id))))
    expect(users).toEqual(members.map((member) => ({ ...member, team_name })))
  }

  async function open(id: string, author: string): Promise<PullRequest> {
    const { body } = await send(api, '/pullRequest/create', aPullRequest({ id, author }))
    world.pullRequests.push(id)
    await expectShown(body.pr)
    return body.pr
  }

  /** Changes pull requests of its own, and whether its own user is active, in a team with others who do the same. */
  async function work(user_id: string, team_name: string, ends: number): Promise<number> {
    let done = 0
    for (; performance.now() < ends; done++) {
      let pr = await open(odd(`${done} ${user_id}`), user_id)
      for (let changes = below(3); changes > 0 && pr.assigned_reviewers.length > 0; changes--) {
        const old_user_id = oneOf(pr.assigned_reviewers)
        const change = { pull_request_id: pr.pull_request_id, old_user_id }
        const { status, body } = await send(api, '/pullRequest/reassign', change, [200, 409])
        if (status === 200) pr = body.pr
        await expectShown(pr, status === 200 ? [old_user_id] : [])
      }
      if (below(4) > 0) {
        const { body } = await send(api, '/pullRequest/merge', { pull_request_id: pr.pull_request_id })
        await expectShown(body.pr)
      }
      const is_active = below(3) > 0
      await send(api, '/users/setIsActive', { user_id, is_active })
      const [one, all] = await Promise.all([show(api, about.user(user_id)), show(api, about.team(team_name))])
      const own = all.members.find((member: Member) => member.user_id === user_id)
      expect([one.is_active, own.is_active]).toEqual([is_active, is_active])
    }
    return done
  }

  /** Moves people of its own between teams of its own, switches them off in bulk, and undoes that. */
  async function moveAbout(group: string, ends: number): Promise<number> {
    const people = oddIds(`${group} `, 5)
    world.people.push(...people)
    const teams = new Map<string, Member[]>()

    async function follow(team_name: string, changedIds: string[], is_active: boolean, moves: Short[]) {
      const members = teams.get(team_name)!.map((m) => (changedIds.includes(m.user_id) ? { ...m, is_active } : m))
      teams.set(team_name, members)
      await expectTeam(team_name, members)
      for (const id of new Set(moves.map((move) => move.pull_request_id))) {
        const shown: PullRequest = await show(api, about.pullRequest(id))
        expect(shown).toEqual(await show(api, about.pullRequest(id), NO_CACHE))
        const isGone = (userId: string) => !shown.assigned_reviewers.includes(userId)
        await expectShown(shown, reviewers.get(id)!.filter(isGone))
      }
    }

    let round = 0
    for (; performance.now() < ends; round++) {
      const team_name = odd(`${group} ${round}`)
      const [first, ...others] = people.map(asMember) as [Member, ...Member[]]
      const members = [first, ...others.filter(() => below(3) > 0)]
      const added = await send(api, '/team/add', { team_name, members })
      world.teams.push(team_name)
      const isElsewhere = ({ user_id }: Member) => members.every((member) => member.user_id !== user_id)
      for (const [name, before] of teams) teams.set(name, before.filter(isElsewhere))
      teams.set(team_name, added.body.team.members)
      for (const [name, after] of [...teams].slice(-4)) await expectTeam(name, after)
      for (const number of [1, 2]) await open(`${team_name} ${number}`, first.user_id)
      const some = below(3) === 0 ? {} : { user_ids: [oneOf(members).user_id] }
      const { deactivation } = (await send(api, '/team/deactivateMembers', { team_name, ...some })).body
      await follow(team_name, deactivation.deactivated, false, deactivation.moves)
      const { undo } = (await send(api, '/team/undoDeactivation', { team_name })).body
      await follow(team_name, undo.activated, true, undo.restored)
    }
    return round
  }

  test('each of many at once sees its own writes in all four questions, exactly', async () => {
    world = await aWorld(api, 'exact', 6)
    const ends = performance.now() + 2500
    const done = await Promise.all([
      ...world.people.map((id, index) => work(id, world.teams[Math.floor(index / 6)]!, ends)),
      ...['a', 'b', 'c', 'd'].map((group) => moveAbout(group, ends)),
    ])

    expect(Math.min(...done)).toBeGreaterThan(0)
    expect(await staleAt(api, api, world, show)).toEqual([])
  })

  test('in every quiet moment between storms of everything at once, memory and database say the same', async () => {
    world = await aWorld(api, 'storm', 5)
    const before = await figure(api, 'tandem_cache_hits_total')
    for (let round = 1; round <= 4; round++) {
      await doAnythingAtOnce([api], world, `storm ${round}`, 500)
      expect(await staleAt(api, api, world, show)).toEqual([])
    }
    expect(await figure(api, 'tandem_cache_hits_total')).toBeGreaterThan(before + 500)
  })

  test('what was not there is there once it was added, whoever asks meanwhile', async () => {
    for (let round = 1; round <= 5; round++) {
      const [team_name, id, author] = [odd(`new ${round}`), odd(`one ${round}`), odd(`two ${round}`)]
      const questions = [about.team(team_name), about.user(id), about.pullRequest(id)]
      const statuses = () => Promise.all(questions.map(async (question) => (await ask(api, question)).status))
      expect(await statuses()).toEqual([404, 404, 404])
      expect(await show(api, about.reviewsOf(id))).toEqual({ user_id: id, pull_requests: [] })
      const meanwhile = statuses()
      await aTeam(api, { name: team_name, members: [id, author] })
      await send(api, '/pullRequest/create', aPullRequest({ id, author }))

      expect(await statuses()).toEqual([200, 200, 200])
      expect((await show(api, about.reviewsOf(id))).pull_requests).toHaveLength(1)
      await meanwhile
    }
  })
})

describe('an answer has a tag:', () => {
  const questions = [about.team('tagged'), about.user('t1'), about.reviewsOf('t1'), about.pullRequest('p1')]
  const look = async (question: Question, headers = {}, method = 'GET') => {
    const response = await ask(api, question, headers, method)
    return { status: response.status, etag: response.headers.get('ETag')!, text: await response.text() }
  }
  beforeAll(async () => {
    await aTeam(api, { name: 'tagged', members: ['t1', 't2'] })
    await send(api, '/pullRequest/create', aPullRequest({ id: 'p1', author: 't2' }))
  })

  test.each(questions)('%s sends nothing to who names it', async (path, field, value) => {
    const question = [path, field, value] as const
    const first = await look(question)
    const { etag } = first
    const unchanged = { status: 304, etag, text: '' }
    for (const cache of [{}, NO_CACHE]) {
      expect(await look(question, cache)).toEqual(first)
      for (const named of [etag, `W/${etag}`, `"x", W/"y" ,${etag}`, '*']) {
        expect(await look(question, { ...cache, 'If-None-Match': named })).toEqual(unchanged)
      }
      expect(await look(question, { ...cache, 'If-None-Match': `"x", ${etag.slice(1, -1)}` })).toEqual(first)
    }
    expect(await look(question, {}, 'HEAD')).toEqual({ ...first, text: '' })
    expect(await look(question, { 'If-None-Match': etag }, 'HEAD')).toEqual(unchanged)
  })

  test('another one after each write that changes it', async () => {
    const writes: [string, object, string[]][] = [
      ['/users/setIsActive', { user_id: 't1', is_active: false }, ['/team/get', '/users/get']],
      ['/users/setIsActive', { user_id: 't1', is_active: false }, []],
      ['/pullRequest/merge', { pull_request_id: 'p1' }, ['/users/getReview', '/pullRequest/get']],
      ['/pullRequest/merge', { pull_request_id: 'p1' }, []],
      ['/team/add', { team_name: 'next', members: [asMember('t1')] }, ['/team/get', '/users/get']],
    ]
    const tags = () => Promise.all(questions.map(async (question) => (await look(question)).etag))
    for (const [path, body, expected] of writes) {
      const before = await tags()
      await send(api, path, body)
      const after = await tags()
      const changed = questions.filter((_, index) => after[index] !== before[index])
      expect(changed.map(([changedPath]) => changedPath)).toEqual(expected)
    }
  })
})

const database = await freshDatabase()
const settings = { ...environment, DATABASE_URL: database.url }
const [one, two] = await Promise.all([startServerProcess(settings), startServerProcess(settings)])
const truth = startServer(database, { CACHE_MAX_BYTES: '0' })

await untilCurrent(one, two)
const both = await aWorld(one, 'both', 5)

describe('of two processes', () => {
  /** Waits until everything is answered from memory and as the database would. */
  async function expectNothingStaleAt(...clients: readonly Client[]): Promise<void> {
    for (const client of clients) {
      let stale: unknown[] = []
      const looked = until(async () => {
        const hits = await figure(client, 'tandem_cache_hits_total')
        stale = await staleAt(client, truth, both, show)
        return stale.length === 0 && (await figure(client, 'tandem_cache_hits_total')) >= hits + 2 * both.people.length
      })
      await looked.finally(() => expect(stale).toEqual([]))
    }
  }

  test.each(['soon', 'at once, to who insists on it,'])('the other shows %s what one wrote', async (when) => {
    const [author, other] = oddIds(when, 2) as [string, string]
    await aTeam(one, { name: when, members: [author, other] })
    for (let round = 1; round <= 8; round++) {
      const [id, is_active] = [odd(`${when} ${round}`), round % 2 === 0]
      const writes: [path: string, body: object, question: Question, expected: object][] = [
        ['/pullRequest/create', aPullRequest({ id, author }), about.reviewsOf(other), { pull_request_id: id }],
        ['/pullRequest/merge', { pull_request_id: id }, about.pullRequest(id), { status: 'MERGED' }],
        ['/users/setIsActive', { user_id: author, is_active }, about.user(author), { is_active }],
        ['/users/setIsActive', { user_id: author, is_active: !is_active }, about.team(when), { is_active: !is_active }],
      ]
      for (const [path, body, question, expected] of writes) {
        const look = async () => {
          const shown = await show(two, question, when === 'soon' ? {} : NO_CACHE)
          return Bun.deepMatch(expected, shown.pull_requests?.[0] ?? shown.members?.[0] ?? shown)
        }
        await look()
        await send(one, path, body)
        if (when === 'soon') await until(look)
        else expect(await look()).toBe(true)
      }
    }
  })

  test('neither shows anything stale after both did everything at once', async () => {
    await doAnythingAtOnce([one, two], both, 'fair')
    await expectNothingStaleAt(one, two)
  })

  test('nor after their channel broke again and again meanwhile', async () => {
    const working = doAnythingAtOnce([one, two], both, 'broken', 2 * LOAD_MS)
    for (let round = 1; round <= 3; round++) {
      await untilCurrent(one, two)
      const ended = await database.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'tandem-feed' AND datname = current_database()`,
      )
      expect(ended.length).toBeGreaterThan(1)
      await Bun.sleep(100)
    }
    await working
    await expectNothingStaleAt(one, two)
  })

  test('one shows nothing stale after the other was killed while it wrote', async () => {
    const working = [one, two].map((client) => doAnythingAtOnce([client], both, `killed ${client.pid}`))
    await Bun.sleep(LOAD_MS / 2)
    two.kill('SIGKILL')

    expect((await Promise.allSettled(working)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await expectNothingStaleAt(one)
  })
})
