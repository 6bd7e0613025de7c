import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import pg from 'pg'
import { freshDatabase } from '../../testing/database.ts'
import { openDatabase } from '../db/database.ts'
import { readStoredEvents } from './event-log.ts'
import { createSettled, type Settled } from './settled.ts'

const database = await freshDatabase()
const options = { poolSize: 4, connectTimeoutMs: 5000, statementTimeoutMs: 10_000, onError: () => undefined }
const db = openDatabase({ url: database.url, ...options })
afterAll(() => db.close())

const TELL = `INSERT INTO event (workspace_id, type, subject, actor, data) VALUES (1, 'a.b', $1, 'local', '{}') RETURNING sequence`
const TOUCH = `UPDATE pull_request SET effort = effort + 1 WHERE pull_request_id = $1`

async function aSession() {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  afterAll(() => client.end())
  await client.query('BEGIN')
  return client
}

async function seen(settled: Settled, after: number): Promise<string[]> {
  const upTo = await settled.advance()
  const rows = await readStoredEvents(db, { from: after + 1, upTo, limit: 1000 })
  return rows.map(({ subject }) => subject)
}

beforeAll(async () => {
  await database.sql(`INSERT INTO team (workspace_id, team_name) VALUES (1, 't')`)
  await database.sql(
    `INSERT INTO pull_request (workspace_id, pull_request_id, pull_request_name, author_id, team_name, reviewer_ids)
     SELECT 1, 'p' || n, 'name', 'u', 't', '{}' FROM generate_series(1, 20) AS n`,
  )
})

async function last(): Promise<number> {
  const [row] = await database.sql<{ n: number }>('SELECT coalesce(max(sequence), 0)::int + 3 AS n FROM event')
  return row!.n
}

describe('events', () => {
  test('are seen at once where nobody else writes', async () => {
    const settled = createSettled(db)
    const start = await last()
    await database.sql(TELL, ['alone'])

    expect(await seen(settled, start)).toEqual(['alone'])
  })

  test('wait for an earlier one that is not committed yet, and none is passed over', async () => {
    const settled = createSettled(db)
    const start = await last()
    const slow = await aSession()
    await slow.query(TELL, ['early'])
    await database.sql(TELL, ['late'])

    expect(await seen(settled, start)).toEqual([])
    await database.sql(TELL, ['later'])
    expect(await seen(settled, start)).toEqual([])
    await slow.query('COMMIT')
    expect(await seen(settled, start)).toEqual(['early', 'late', 'later'])
  })

  test('do not wait for a transaction that is rolled back, nor for its number', async () => {
    const settled = createSettled(db)
    const start = await last()
    const undone = await aSession()
    await undone.query(TELL, ['undone'])
    await database.sql(TELL, ['done'])
    expect(await seen(settled, start)).toEqual([])
    await undone.query('ROLLBACK')

    expect(await seen(settled, start)).toEqual(['done'])
  })

  test('come in the order of their row locks where the later transaction has begun first and waited', async () => {
    const settled = createSettled(db)
    const start = await last()
    const waiting = await aSession()
    await waiting.query('SELECT pg_current_xact_id()')
    const first = await aSession()
    await first.query(TOUCH, ['p1'])
    const blocked = waiting.query(TOUCH, ['p1'])
    await first.query(TELL, ['first'])
    await first.query('COMMIT')
    await blocked
    expect(await seen(settled, start)).toEqual([])
    await waiting.query(TELL, ['second'])
    await waiting.query('COMMIT')

    expect(await seen(settled, start)).toEqual(['first', 'second'])
  })

  test('keep flowing while there is always somebody writing', async () => {
    const settled = createSettled(db)
    const start = await last()
    let open = await aSession()
    await open.query(TELL, ['1'])
    const waits: string[][] = []
    for (let n = 2; n <= 6; n++) {
      const next = await aSession()
      await next.query(TELL, [String(n)])
      waits.push(await seen(settled, start))
      await open.query('COMMIT')
      open = next
    }
    await open.query('COMMIT')

    expect(waits.at(-1)!.length).toBeGreaterThan(0)
    expect(await seen(settled, start)).toEqual(['1', '2', '3', '4', '5', '6'])
  })
})

test('readers of a crowd of transactions see each event once, and those of one row in the order of its changes', async () => {
  const settled = createSettled(db)
  let position = await last()
  const start = position
  const found: string[] = []
  let isDone = false
  async function read(): Promise<void> {
    while (!isDone) {
      await poll()
      await Bun.sleep(1)
    }
    await poll()
  }
  async function poll(): Promise<void> {
    const upTo = await settled.advance()
    for (const row of await readStoredEvents(db, { from: position + 1, upTo, limit: 7 })) {
      found.push(row.subject)
      position = row.sequence + 3
    }
  }
  const reading = read()
  const counts = new Map<string, number>()
  const sessions = await Promise.all(Array.from({ length: 6 }, aSession))
  await Promise.all(
    sessions.map(async (session, index) => {
      for (let round = 0; round < 40; round++) {
        // Takes its transaction number early, then waits for whoever has the row.
        await session.query('SELECT pg_current_xact_id()')
        const row = `p${1 + ((round * 7 + index) % 5)}`
        await session.query(TOUCH, [row])
        const count = (counts.get(row) ?? 0) + 1
        counts.set(row, count)
        await session.query(TELL, [`${row}:${count}`])
        if (round % 3 === 0) await Bun.sleep(1)
        await session.query('COMMIT; BEGIN')
      }
      await session.query('COMMIT')
    }),
  )
  isDone = true
  await reading
  for (let polls = 0; polls < 100; polls++) await poll()

  expect(found).toHaveLength(6 * 40)
  for (const [row, count] of counts) {
    const wanted = Array.from({ length: count }, (_, index) => `${row}:${index + 1}`)
    expect(found.filter((subject) => subject.startsWith(`${row}:`))).toEqual(wanted)
  }
  expect(position).toBeGreaterThan(start)
})
