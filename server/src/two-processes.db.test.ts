import { afterAll, describe, expect, test } from 'bun:test'
import { contextOf } from './app.ts'
import { replayDecisions } from './features/reviews/index.ts'
import { openDatabase } from './infra/db/database.ts'
import { aPullRequest, aTeam, ids } from './testing/builders.ts'
import type { Answer, Client } from './testing/client.ts'
import { freshDatabase } from './testing/database.ts'
import { noViolations, violations } from './testing/invariants.ts'
import { commandPaths, Outcomes } from './testing/outcomes.ts'
import { startServerProcess } from './testing/server.ts'

const LOAD_MS = 5000
const MOVING_MS = 3000
const WORKERS = 24

const database = await freshDatabase()
const environment = { DATABASE_URL: database.url, DATABASE_POOL_SIZE: '8' }
const servers = [await startServerProcess(environment), await startServerProcess(environment)] as const
const [one, two] = servers

/** Numbers that look random and are the same in every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** The same call on both processes in turns, all at once. */
function onBoth(count: number, call: (client: Client) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(servers[index % 2]!)))
}

function countBy(answers: readonly Answer[]): Record<string, number> {
  const groups = Map.groupBy(answers, ({ status, body }) => `${status} ${body.error?.code ?? ''}`.trim())
  return Object.fromEntries([...groups].map(([outcome, all]) => [outcome, all.length]))
}

describe('two processes on one database', () => {
  test('open a pull request once when 50 ask for it at once', async () => {
    await aTeam(one, { name: 'once', members: ids('once', 5) })
    for (let round = 1; round <= 4; round++) {
      const id = `same-${round}`
      const answers = await onBoth(50, (client) =>
        client.post('/pullRequest/create', aPullRequest({ id, author: 'once1' })),
      )

      expect(countBy(answers)).toEqual({ '201': 1, '409 PR_EXISTS': 49 })
    }
  })

  test('add a team once when 50 ask for it at once, also when they disagree about its members', async () => {
    for (let round = 1; round <= 4; round++) {
      let asked = 0
      const answers = await onBoth(50, (client) =>
        client.post('/team/add', {
          team_name: `rush-${round}`,
          members: [{ user_id: `rush-${round}-${++asked}`, username: 'x', is_active: true }],
        }),
      )
      const added = answers.find(({ status }) => status === 201)!
      const kept = await two.get('/team/get', { team_name: `rush-${round}` })

      expect(countBy(answers)).toEqual({ '201': 1, '400 TEAM_EXISTS': 49 })
      expect(kept.body).toEqual(added.body.team)
    }
  })

  test('do a command once that comes to both at once with one Idempotency-Key, and give one answer', async () => {
    await aTeam(one, { name: 'keyed', members: ids('keyed', 6) })
    for (let round = 1; round <= 10; round++) {
      const headers = (verb: string) => ({ 'Idempotency-Key': `${verb}-${round}` })
      const request = aPullRequest({ id: `keyed-${round}`, author: 'keyed1' })
      const created = await onBoth(6, (c) => c.post('/pullRequest/create', request, headers('create')))
      const old_user_id: string = created[0]!.body.pr.assigned_reviewers[0]
      const change = { pull_request_id: request.pull_request_id, old_user_id }
      const reassigned = await onBoth(6, (c) => c.post('/pullRequest/reassign', change, headers('reassign')))
      const team = { team_name: `keyed-${round}`, members: [] }
      const added = await onBoth(6, (c) => c.post('/team/add', team, headers('add')))

      for (const [answers, status] of [
        [created, 201],
        [reassigned, 200],
        [added, 201],
      ] as const) {
        expect(countBy(answers)).toEqual({ [status]: 6 })
        expect(answers.map(({ body }) => body)).toEqual(answers.map(() => answers[0]!.body))
      }
      const { body } = await two.get('/decision/get', { pull_request_id: request.pull_request_id })
      expect(body.decisions).toHaveLength(2)
    }
  })
})

describe('what one process was told, the other goes by at once', () => {
  const team = ids('told', 5)
  let count = 0
  const openOn = async (client: Client, author: string): Promise<string[]> => {
    const answer = await client.post('/pullRequest/create', aPullRequest({ id: `told-${++count}`, author }))
    return answer.body.pr.assigned_reviewers
  }
  const openMany = async (author: string) => (await Promise.all(ids('', 8).map(() => openOn(two, author)))).flat()

  test('that somebody is not active, and that they are again', async () => {
    await aTeam(one, { name: 'told', members: team })
    for (const user_id of [...team.slice(1), ...team.slice(1)]) {
      await openOn(two, team[0]!)
      await one.post('/users/setIsActive', { user_id, is_active: false })
      const chosen = await openMany(team[0]!)
      await one.post('/users/setIsActive', { user_id, is_active: true })

      expect(chosen).toHaveLength(16)
      expect(chosen).not.toContain(user_id)
    }
    expect(new Set(await openMany(team[0]!))).toEqual(new Set(team.slice(1)))
  })

  test('that somebody left for another team', async () => {
    const [author, mover] = team as [string, string]
    await openOn(two, author)
    await one.post('/team/add', { team_name: 'told-2', members: [aMember(mover), aMember('told-mate')] })

    expect(await openMany(author)).not.toContain(mover)
    expect(await openMany(mover)).toEqual(Array.from({ length: 8 }, () => 'told-mate'))
  })

  test('that a team wants fewer reviewers', async () => {
    await openOn(two, team[0]!)
    await one.post('/team/setPolicy', { team_name: 'told', reviewers_wanted: 0 })

    expect(await openMany(team[0]!)).toEqual([])
  })

  test('that members were deactivated in bulk, and that this was undone', async () => {
    await one.post('/team/setPolicy', { team_name: 'told', reviewers_wanted: 2 })
    await openOn(two, team[0]!)
    await one.post('/team/deactivateMembers', { team_name: 'told' })
    expect(await openMany(team[0]!)).toEqual([])
    await one.post('/team/undoDeactivation', { team_name: 'told' })

    expect(await openMany(team[0]!)).toHaveLength(16)
  })
})

const POLICIES = ['least-loaded', 'random', 'round-robin']
const people = ids('p', 40)
const movers = ids('m', 12)
const outcomes = new Outcomes()
const created = new Map<string, string>()
const merged = new Map<string, { reviewers: string; mergedAt: string }>()
let opened = 0
let teamsAdded = 0

function aMember(id: string, isActive = true) {
  return { user_id: id, username: id, is_active: isActive }
}

async function send(client: Client, path: string, body: unknown): Promise<Answer> {
  const answer = await client.post(path, body)
  outcomes.note(path, answer)
  return answer
}

/** One of many users of the service, who never waits between two calls. */
async function work(client: Client, seed: number, until: number): Promise<void> {
  const random = randomFrom(seed)
  const somebody = () => people[random(people.length)]!
  const recent = () => `pr-${Math.max(1, opened - random(60))}`
  while (performance.now() < until) {
    const dice = random(100)
    if (dice < 40) {
      const id = `pr-${++opened}`
      const { body } = await send(client, '/pullRequest/create', aPullRequest({ id, author: somebody() }))
      created.set(id, body.pr?.author_id as string)
    } else if (dice < 55) {
      const pull_request_id = recent()
      const { body } = await client.get('/pullRequest/get', { pull_request_id })
      const old_user_id: string = body.assigned_reviewers?.[random(2)] ?? somebody()
      await send(client, '/pullRequest/reassign', { pull_request_id, old_user_id })
    } else if (dice < 67) {
      const { status, body } = await send(client, '/pullRequest/merge', { pull_request_id: recent() })
      if (status !== 200) continue
      const { pull_request_id, assigned_reviewers, mergedAt } = body.pr
      const answer = { reviewers: assigned_reviewers.join(), mergedAt }
      expect(merged.get(pull_request_id) ?? answer).toEqual(answer)
      merged.set(pull_request_id, answer)
    } else if (dice < 80) {
      await send(client, '/users/setIsActive', { user_id: somebody(), is_active: random(4) > 0 })
    } else if (dice < 85) {
      // Two processes name the same new team now and then, and each moves people out of several others.
      const team_name = `new-${random(2) === 0 ? ++teamsAdded : teamsAdded}`
      const joining = new Set([somebody(), somebody(), somebody()])
      const members = [...joining].map((id) => aMember(id, random(4) > 0))
      await send(client, '/team/add', { team_name, members })
    } else {
      const user_id = somebody()
      const { body } = await client.get('/users/get', { user_id })
      const team_name: string = body.team_name
      if (dice < 91) await send(client, '/team/deactivateMembers', { team_name, user_ids: [user_id] })
      else if (dice < 93) await send(client, '/team/deactivateMembers', { team_name })
      else if (dice < 98) await send(client, '/team/undoDeactivation', { team_name })
      else await send(client, '/team/setPolicy', { team_name, policy: POLICIES[random(3)] })
    }
  }
}

/** A team whose author reviews nothing and to which nothing else happens: turns must come out even. */
async function takeTurns(team: string, until: number): Promise<void> {
  for (let round = 0; performance.now() < until; round++) {
    await onBoth(6, (client) =>
      send(
        client,
        '/pullRequest/create',
        aPullRequest({ id: `${team}-${crypto.randomUUID()}`, author: `${team}-author` }),
      ),
    )
  }
}

async function addTurnTeam(team: string, size: number): Promise<void> {
  await aTeam(one, { name: team, members: [{ id: `${team}-author`, isActive: false }, ...ids(`${team}-`, size)] })
  await two.post('/team/setPolicy', { team_name: team, policy: 'round-robin' })
}

/** Few people whose teams change all the time, so that what a process knows of them is mostly out of date. */
async function keepMoving(client: Client, seed: number, until: number): Promise<void> {
  const random = randomFrom(seed)
  const somebody = () => movers[random(movers.length)]!
  while (performance.now() < until) {
    const user_id = somebody()
    if (seed % 4 === 0) await send(client, '/users/setIsActive', { user_id, is_active: random(2) > 0 })
    else if (seed % 4 === 1) {
      // Names in no order, so that locks taken as they come would cross.
      const team_name = `${'abcdefghij'[random(10)]!}-${crypto.randomUUID()}`
      const members = [...new Set([user_id, somebody(), somebody()])]
      await send(client, '/team/add', { team_name, members: members.map((id) => aMember(id)) })
    } else if (seed % 4 === 2) {
      await send(client, '/pullRequest/create', aPullRequest({ id: crypto.randomUUID(), author: user_id }))
    } else {
      const { body } = await client.get('/users/get', { user_id })
      await send(client, '/team/deactivateMembers', { team_name: body.team_name, user_ids: [user_id] })
    }
  }
}

describe('while people change teams all the time', () => {
  test('every answer is one of the contract', async () => {
    for (let team = 0; team < 4; team++) {
      await aTeam(one, { name: `movers-${team}`, members: movers.slice(team * 3, team * 3 + 3) })
    }
    const until = performance.now() + MOVING_MS
    await Promise.all(Array.from({ length: 2 * WORKERS }, (_, index) => keepMoving(servers[index % 2]!, index, until)))

    expect(outcomes.unexpected()).toEqual([])
  }, 60_000)
})

describe('after seconds of every command on both processes at once', () => {
  test('every answer was one of the contract, and every kind of command was done', async () => {
    for (let team = 0; team < 8; team++) {
      await aTeam(one, { name: `team-${team}`, members: people.slice(team * 5, team * 5 + 5) })
      await two.post('/team/setPolicy', { team_name: `team-${team}`, policy: POLICIES[team % 3] })
    }
    await addTurnTeam('turns', 7)
    await addTurnTeam('many-turns', 90)
    const until = performance.now() + LOAD_MS
    const workers = Array.from({ length: WORKERS }, (_, index) => work(servers[index % 2]!, index + 1, until))
    await Promise.all([...workers, takeTurns('turns', until), takeTurns('many-turns', until)])

    expect(outcomes.unexpected()).toEqual([])
    expect(outcomes.donePaths()).toEqual(commandPaths)
  }, 60_000)

  test('no rule is broken by anything in the database', async () => {
    const found = await violations(database)

    expect(found).toEqual(noViolations(found))
  })

  test('every pull request that was answered for is there, and what was merged never changed', async () => {
    const rows = await database.sql<{ id: string; author: string; reviewers: string; mergedAt: string | null }>(
      `SELECT pull_request_id AS id, author_id AS author, array_to_string(reviewer_ids, ',') AS reviewers,
         merged_at AS "mergedAt" FROM pull_request WHERE pull_request_id LIKE 'pr-%'`,
    )
    const kept = new Map(rows.map((row) => [row.id, row]))

    expect(Object.fromEntries([...created.keys()].map((id) => [id, kept.get(id)?.author]))).toEqual(
      Object.fromEntries(created),
    )
    expect(merged.size).toBeGreaterThan(0)
    for (const [id, answer] of merged) expect({ id, ...kept.get(id) }).toMatchObject({ id, ...answer })
  })

  test.each(['turns', 'many-turns'])('the turns of %s went around evenly', async (team) => {
    const rows = await database.sql<{ user_id: string; turns: number }>(
      `SELECT m.user_id, count(p.*) AS turns FROM member m
         LEFT JOIN pull_request p ON p.team_name = m.team_name AND m.user_id = ANY (p.reviewer_ids)
       WHERE m.team_name = $1 AND m.is_active GROUP BY m.user_id`,
      [team],
    )
    const turns = rows.map((row) => row.turns)

    expect(Math.min(...turns)).toBeGreaterThan(0)
    expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1)
  })

  test('every decision can be made again', async () => {
    const options = { url: database.url, poolSize: 2, connectTimeoutMs: 5000, statementTimeoutMs: 10_000 }
    const db = openDatabase({ ...options, onError: () => undefined })
    afterAll(() => db.close())
    const { differences, replayed } = await replayDecisions(contextOf(db))

    expect(differences).toEqual([])
    expect(replayed).toBeGreaterThan(created.size)
  })

  test('both processes end well, and PostgreSQL never had to break a deadlock', async () => {
    for (const server of servers) server.kill('SIGTERM')
    expect(await Promise.all(servers.map(({ exited }) => exited))).toEqual([0, 0])
    const [row] = await database.sql('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')

    expect(row).toEqual({ deadlocks: 0 })
    for (const server of servers) expect(server.output()).not.toContain('request failed')
  })
})
