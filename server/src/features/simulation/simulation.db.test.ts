import { afterAll, describe, expect, test } from 'bun:test'
import { contextOf } from '../../app.ts'
import { connectTo, freshDatabase, type TestDatabase } from '../../testing/database.ts'
import { startServer } from '../../testing/server.ts'
import { rivalNames } from './rules.ts'
import { runSimulation } from './run-simulation.ts'
import { createSimulations } from './simulations.ts'

type Simulation = {
  simulation_id: string
  status: string
  progress: number
  failure: string | null
  report: null | { changes: number; rules: { name: string; hit_at_1: number }[]; reality: { name: string } }
}

const database = await freshDatabase()
await addHistory(database, 'engine', 600)
const api = startServer(database)
const other = startServer(database)

/** One change every twelve hours from 2020 on; who reviews goes by the folder. */
async function addHistory({ sql }: TestDatabase, repository: string, count: number): Promise<void> {
  await sql(
    `INSERT INTO past_change (workspace_id, repository, change_id, author_id, reviewer_ids, written_at, landed_at, files)
     SELECT 1, $1, 'c' || n, 'author-' || n % 7, ARRAY['reviewer-' || n % 3], at - interval '2 hours', at,
       json_build_array('src/' || n % 3 || '/file-' || n % 20 || '.ts')
     FROM generate_series(1, $2) AS g (n), LATERAL (SELECT timestamptz '2020-01-01Z' + n * interval '12 hours') AS t (at)`,
    [repository, count],
  )
}

async function run(request: object, headers: Record<string, string> = {}): Promise<Simulation> {
  const { status, body } = await api.post('/simulation/run', request, headers)
  expect([status, body]).toEqual([201, { simulation: expect.anything() }])
  return body.simulation as Simulation
}

async function ended(simulationId: string): Promise<Simulation> {
  for (;;) {
    const { body } = await api.get('/simulation/get', { simulation_id: simulationId })
    if (body.simulation.status !== 'RUNNING') return body.simulation as Simulation
    await Bun.sleep(20)
  }
}

async function addRunning(simulationId: string, silentSeconds: number): Promise<void> {
  await database.sql(
    `INSERT INTO simulation (workspace_id, simulation_id, request, actor, alive_at)
     VALUES (1, $1, '{"rules":["random"],"loadWeights":[],"repository":null,"from":null,"to":null}', 'local',
       now() - make_interval(secs => $2))`,
    [simulationId, silentSeconds],
  )
}

async function statusOf(simulationId: string): Promise<string | undefined> {
  const [row] = await database.sql<{ status: string }>(
    'SELECT status FROM simulation WHERE workspace_id = 1 AND simulation_id = $1',
    [simulationId],
  )
  return row?.status
}

describe('a simulation', () => {
  test('replays the history that was imported, and reports each rule once it is done', async () => {
    const started = await run({ rules: ['chrev', 'random', 'chrev'], load_weights: [0] })
    const done = await ended(started.simulation_id)

    expect(started).toMatchObject({ status: 'RUNNING', progress: 0, failure: null, report: null })
    expect(started).toMatchObject({ rules: ['chrev', 'random'], load_weights: [0], repository: null, from: null })
    expect(done).toMatchObject({ status: 'DONE', progress: 1, failure: null })
    // Half a year of two changes a day only teaches.
    expect(done.report!.changes).toBe(240)
    expect(done.report!.rules.map(({ name }) => name)).toEqual(['expertise, λ = 0', 'chrev', 'random'])
    expect(done.report!.rules[1]!.hit_at_1).toBe(1)
    expect(done.report!.reality.name).toBe('what really happened')
  })

  test('takes only what landed in a window of time and in a repository', async () => {
    await addHistory(database, 'website', 500)
    const to = '2020-08-15T03:00:00+03:00'
    const one = await ended((await run({ rules: ['random'], load_weights: [], repository: 'website' })).simulation_id)
    const both = await ended((await run({ rules: ['random'], load_weights: [] })).simulation_id)
    const early = await run({ rules: ['random'], load_weights: [], repository: 'engine', to })

    expect(one.report!.changes).toBe(140)
    expect(both.report!.changes).toBe(380)
    expect(early).toMatchObject({ to: '2020-08-15T00:00:00.000Z' })
    // Of the 240 those up to the middle of August.
    expect((await ended(early.simulation_id)).report!.changes).toBe(93)
    await database.sql(`DELETE FROM past_change WHERE repository = 'website'`)
  })

  test('takes what was merged here with its files, but for what was imported too', async () => {
    await database.sql(`INSERT INTO team (workspace_id, team_name) VALUES (1, 'crew')`)
    await database.sql(
      `INSERT INTO member SELECT 1, 'author-' || n, 'A', 'crew', true FROM generate_series(0, 6) AS g (n)`,
    )
    await database.sql(
      `INSERT INTO pull_request (workspace_id, pull_request_id, pull_request_name, author_id, team_name, status, reviewer_ids,
         created_at, merged_at, details)
       SELECT 1, id, 'name', 'author-' || n % 7, 'crew', 'MERGED', '{author-9}', at, at,
         CASE WHEN n % 2 = 0 THEN '{"repository": "engine", "files": [["src/1/file-1.ts", 3, 4]]}'::json END
       FROM generate_series(601, 700) AS g (n), LATERAL (
         SELECT timestamptz '2020-01-01Z' + n * interval '12 hours', CASE n WHEN 700 THEN 'c600' ELSE 'c' || n END
       ) AS t (at, id)`,
    )
    const { simulation_id: id } = await run({ rules: ['random'], load_weights: [] })

    // Half of the hundred have files, and of those one was imported.
    expect((await ended(id)).report!.changes).toBe(240 + 49)
  })

  test('that fails says why', async () => {
    await database.sql(`UPDATE past_change SET files = '{"not": "a list"}' WHERE change_id = 'c300'`)
    const failed = await ended((await run({ rules: ['random'], load_weights: [] })).simulation_id)
    await database.sql(`UPDATE past_change SET files = '["a.ts"]' WHERE change_id = 'c300'`)

    expect(failed).toMatchObject({ status: 'FAILED', report: null, failure: expect.stringContaining('non-array') })
  })

  test('that nobody knows is not found', async () => {
    expect((await api.get('/simulation/get', { simulation_id: 'nothing' })).status).toBe(404)
  })
})

describe('there is one simulation at a time', () => {
  test('a second one is refused, by any process, and told which one runs', async () => {
    await addRunning('busy', 50)
    for (const { post } of [api, other]) {
      const { status, body } = await post('/simulation/run', {})

      expect([status, body.error.code]).toEqual([409, 'SIMULATION_RUNNING'])
      expect(body.error.message).toContain('"busy"')
    }
    await database.sql(`DELETE FROM simulation WHERE simulation_id = 'busy'`)
  })

  test('of two started at the same moment one is refused', async () => {
    const answers = await Promise.all([api, other].map(({ post }) => post('/simulation/run', { rules: ['random'] })))

    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['201', '409'])
    await ended(answers.find(({ status }) => status === 201)!.body.simulation.simulation_id as string)
  })

  test('one that has been silent for a minute has failed, and makes room', async () => {
    await addRunning('silent', 61)
    const { body } = await api.get('/simulation/get', { simulation_id: 'silent' })
    const { body: listed } = await api.get('/simulation/list', { limit: '1' })

    expect(body.simulation).toMatchObject({ status: 'FAILED', failure: expect.stringContaining('Its process ended') })
    expect(listed.simulations[0]).toMatchObject({ simulation_id: 'silent', status: 'FAILED' })
    const next = await run({ rules: ['random'], load_weights: [] })
    expect(await statusOf('silent')).toBe('FAILED')
    expect((await ended(next.simulation_id)).status).toBe('DONE')
  })

  test('the same Idempotency-Key starts one, and gives the same answer', async () => {
    const key = { 'Idempotency-Key': 'simulate-once' }
    const first = await run({ rules: ['random'], load_weights: [] }, key)
    const again = await run({ rules: ['random'], load_weights: [] }, key)
    await ended(first.simulation_id)

    expect(again).toEqual(first)
    expect(await run({ rules: ['random'], load_weights: [] }, key)).toEqual(first)
  })
})

describe('what cannot be simulated is refused', () => {
  test('too little history, with what there is and what to do', async () => {
    const { status, body } = await api.post('/simulation/run', { to: '2020-03-01T00:00:00Z' })

    expect([status, body.error.code]).toEqual([409, 'TOO_LITTLE_HISTORY'])
    expect(body.error.message).toContain('There are 119 reviewed changes, over 59 days')
    expect(body.error.message).toContain('Import a history')
    // The refused one is not in the way of another.
    expect(await database.sql(`SELECT FROM simulation WHERE status = 'RUNNING'`)).toBeEmpty()
  })

  test.each([
    [{ rules: ['astrology'] }, 'rules'],
    [{ rules: [], load_weights: [] }, 'load_weights'],
    [{ load_weights: [-1] }, 'load_weights'],
    [{ from: 'yesterday' }, 'from'],
    [{ unknown: 1 }, 'unknown'],
  ])('%j', async (request, field) => {
    const { status, body } = await api.post('/simulation/run', request)

    expect([status, body.error.code]).toEqual([400, 'INVALID_REQUEST'])
    expect(body.error.message).toContain(field)
  })
})

test('simulations are listed newest first, a page at a time', async () => {
  const all = await database.sql<{ simulation_id: string }>(
    'SELECT simulation_id FROM simulation ORDER BY started_at DESC, simulation_id DESC',
  )
  const listed: string[] = []
  let cursor: string | null = null
  do {
    const query: Record<string, string> = { limit: '3', ...(cursor === null ? {} : { cursor }) }
    const { body } = await api.get('/simulation/list', query)
    listed.push(...body.simulations.map((each: Simulation) => each.simulation_id))
    cursor = body.next_cursor
  } while (cursor !== null)

  expect(listed).toEqual(all.map(({ simulation_id }) => simulation_id))
  expect((await api.get('/simulation/list', { cursor: 'x' })).status).toBe(400)
})

describe('the process that runs a simulation', () => {
  const db = connectTo(database, { poolSize: 4, statementTimeoutMs: 10_000 })
  afterAll(() => db.close())

  /** Takes seconds. */
  async function startLong() {
    await addHistory(database, crypto.randomUUID(), 15_000)
    const simulations = createSimulations(contextOf(db))
    const input = { rules: rivalNames, loadWeights: [0, 1], repository: null, from: null, to: null }
    const { simulationId } = await runSimulation(simulations, { actor: { kind: 'local' }, input, once: null })
    return { simulations, simulationId }
  }

  test('tells how far it is, and when it stops, that it did', async () => {
    const { simulations, simulationId } = await startLong()
    let seen: Simulation
    do {
      await Bun.sleep(20)
      seen = (await api.get('/simulation/get', { simulation_id: simulationId })).body.simulation as Simulation
    } while (seen.status === 'RUNNING' && seen.progress === 0)
    await simulations.close()
    const { body } = await api.get('/simulation/get', { simulation_id: simulationId })

    expect(seen).toMatchObject({ status: 'RUNNING', report: null })
    expect(seen.progress).toBeWithin(0, 1)
    expect(body.simulation).toMatchObject({ status: 'FAILED', report: null })
    expect(body.simulation.failure).toContain('was stopped')
  })

  test('ends it when it counts as failed, and leaves it at that', async () => {
    const { simulations, simulationId } = await startLong()
    await database.sql(`UPDATE simulation SET status = 'FAILED', failure = 'Declared dead.' WHERE simulation_id = $1`, [
      simulationId,
    ])
    await simulations.close()
    const { body } = await api.get('/simulation/get', { simulation_id: simulationId })

    expect(body.simulation).toMatchObject({ status: 'FAILED', failure: 'Declared dead.', report: null })
  })
})
