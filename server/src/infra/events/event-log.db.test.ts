import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { freshDatabase } from '../../testing/database.ts'
import { openDatabase } from '../db/database.ts'
import { keepEventPartitions } from './event-log.ts'

const database = await freshDatabase()
const options = { poolSize: 2, connectTimeoutMs: 5000, statementTimeoutMs: 10_000, onError: () => undefined }
const db = openDatabase({ url: database.url, ...options })
afterAll(() => db.close())

async function partitions(): Promise<string[]> {
  const rows = await database.sql<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'event'::regclass ORDER BY name`,
  )
  return rows.map(({ name }) => name)
}

/** An event of so many days ago, where the day has its partition or has none. */
async function tellOf(daysAgo: number): Promise<string> {
  const [row] = await database.sql<{ place: string }>(
    `INSERT INTO event (workspace_id, type, subject, actor, data, occurred_at)
     VALUES (1, 'a.b', 's' || $1::int, 'local', '{}', now() - $1::int * interval '1 day') RETURNING tableoid::regclass::text AS place`,
    [daysAgo],
  )
  return row!.place
}

async function subjects(): Promise<string[]> {
  return (await database.sql<{ subject: string }>('SELECT subject FROM event ORDER BY sequence')).map(
    (row) => row.subject,
  )
}

/** A partition of a day that has passed, as it would be there. */
async function addDay(daysAgo: number): Promise<void> {
  await database.sql(`DO $$ DECLARE day date := (now() AT TIME ZONE 'UTC')::date - ${daysAgo}; BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF event FOR VALUES FROM (%L) TO (%L)', 'event_' || to_char(day, 'YYYYMMDD'),
      day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC'); END $$`)
}

beforeEach(async () => {
  for (const name of await partitions()) {
    await database.sql(name === 'event_default' ? 'DELETE FROM event_default' : `DROP TABLE ${name}`)
  }
})

describe('partitions of events', () => {
  test('are made for today and the seven days to come, once', async () => {
    await keepEventPartitions(db, 90)
    const made = await partitions()
    await Promise.all([keepEventPartitions(db, 90), keepEventPartitions(db, 90)])

    expect(made).toHaveLength(9)
    expect(await partitions()).toEqual(made)
    expect(await tellOf(0)).toMatch(/^event_\d{8}$/)
  })

  test('of days that are too old are dropped with their events, and no younger one', async () => {
    await keepEventPartitions(db, 90)
    for (const day of [2, 3, 4]) await addDay(day)
    for (const day of [4, 3, 2, 0]) await tellOf(day)

    expect(await keepEventPartitions(db, 3)).toBe(1)
    expect(await subjects()).toEqual(['s3', 's2', 's0'])
  })

  test('that are missing lose no event, and what is too old goes there too', async () => {
    expect(await tellOf(0)).toBe('event_default')
    await tellOf(10)
    await keepEventPartitions(db, 5)

    expect(await subjects()).toEqual(['s0'])
    expect(await partitions()).toHaveLength(8)
  })
})
