import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { StartupError } from '../../shared/errors.ts'
import { emptyDatabase, type TestDatabase } from '../../testing/database.ts'
import { startServerProcess } from '../../testing/server.ts'
import { migrateDown, migrateUp, migrationStatus, requireMigrated } from './migrator.ts'

const FUTURE = '9999_made_by_a_later_version'
const names = readdirSync(join(import.meta.dir, '../../../migrations'))
  .filter((file) => file.endsWith('.up.sql'))
  .map((file) => file.replace('.up.sql', ''))
  .toSorted()

/** Everything in the schema but the records of the migrator, as text that can be compared. */
async function schemaOf({ sql }: TestDatabase): Promise<string[]> {
  const rows = await sql<{ line: string }>(`
    WITH ours AS (SELECT oid, relname, relkind FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'kysely%')
    SELECT format('relation %s %s', relkind, relname) AS line FROM ours
    UNION ALL SELECT format('column %s.%s %s %s %s %s default %s', o.relname, a.attnum, a.attname,
        format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
        (SELECT collname FROM pg_collation WHERE oid = a.attcollation), pg_get_expr(d.adbin, d.adrelid))
      FROM ours o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = o.oid AND d.adnum = a.attnum
    UNION ALL SELECT format('constraint %s %s %s', o.relname, c.conname, pg_get_constraintdef(c.oid))
      FROM ours o JOIN pg_constraint c ON c.conrelid = o.oid
    UNION ALL SELECT format('index %s', pg_get_indexdef(o.oid)) FROM ours o WHERE relkind = 'i'
    UNION ALL SELECT format('trigger %s', pg_get_triggerdef(t.oid))
      FROM ours o JOIN pg_trigger t ON t.tgrelid = o.oid AND NOT t.tgisinternal
    UNION ALL SELECT format('function %s', pg_get_functiondef(oid))
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT format('type %s', typname) FROM pg_type
      WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    UNION ALL SELECT format('extension %s', extname) FROM pg_extension
    ORDER BY line`)
  return rows.map(({ line }) => line)
}

async function undoAll(url: string): Promise<string[]> {
  const undone: string[] = []
  for (;;) {
    const [name] = await migrateDown(url)
    if (name === undefined) return undone
    undone.push(name)
  }
}

test('all migrations up, down and up again give the same schema, and down leaves none of it', async () => {
  const database = await emptyDatabase()
  const empty = await schemaOf(database)
  expect(await migrateUp(database.url)).toEqual(names)
  const migrated = await schemaOf(database)
  expect(await undoAll(database.url)).toEqual(names.toReversed())
  expect(await schemaOf(database)).toEqual(empty)
  expect(await migrateUp(database.url)).toEqual(names)

  expect(await schemaOf(database)).toEqual(migrated)
  for (const kind of ['relation r team', 'column member.', 'constraint ', 'index ', 'trigger ', 'function ']) {
    expect(migrated.some((line) => line.startsWith(kind))).toBeTrue()
  }
})

test('each migration can be taken back alone and gives the schema before it', async () => {
  const database = await emptyDatabase()
  await migrateUp(database.url)
  const later = new Map<string, string[]>()
  for (const name of names.toReversed()) {
    later.set(name, await schemaOf(database))
    expect(await migrateDown(database.url)).toEqual([name])
  }

  expect(await migrateUp(database.url)).toEqual(names)
  expect(await schemaOf(database)).toEqual(later.get(names.at(-1)!)!)
})

test('with the data of a service in it the schema can be taken back too', async () => {
  const database = await emptyDatabase()
  await migrateUp(database.url)
  await database.sql(`INSERT INTO team (workspace_id, team_name) VALUES (1, 't')`)
  await database.sql(`INSERT INTO team_rotation VALUES (1, 't', NULL)`)
  await database.sql(`INSERT INTO member VALUES (1, 'a', 'A', 't', true)`)
  await database.sql(`INSERT INTO pull_request (workspace_id, pull_request_id, pull_request_name, author_id, team_name,
    reviewer_ids, status, merged_at) VALUES (1, 'p', 'P', 'a', 't', '{}', 'MERGED', now())`)

  expect(await undoAll(database.url)).toEqual(names.toReversed())
})

describe('of many that migrate an empty database at once', () => {
  test('each migration is applied by one, and all find the database migrated', async () => {
    const database = await emptyDatabase()
    const applied = await Promise.all(Array.from({ length: 10 }, () => migrateUp(database.url)))

    expect(applied.flat().toSorted()).toEqual(names)
    const rows = await database.sql<{ name: string }>('SELECT name FROM kysely_migration ORDER BY name')
    expect(rows.map(({ name }) => name)).toEqual(names)
  })

  test('every process serves', async () => {
    const database = await emptyDatabase()
    const servers = await Promise.all(
      Array.from({ length: 3 }, () => startServerProcess({ DATABASE_URL: database.url })),
    )
    const ready = await Promise.all(servers.map((server) => server.get('/readyz')))

    expect(ready.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(servers.filter((server) => server.output().includes('"applied"'))).toHaveLength(1)
    for (const server of servers) server.kill('SIGTERM')
    expect(await Promise.all(servers.map(({ exited }) => exited))).toEqual([0, 0, 0])
  })
})

describe('a database newer than this version', () => {
  test('is refused by a message that names what is unknown and says what to do, and stays as it is', async () => {
    const database = await emptyDatabase()
    await migrateUp(database.url)
    await database.sql(`INSERT INTO kysely_migration (name, timestamp) VALUES ($1, now())`, [FUTURE])
    const schema = await schemaOf(database)

    for (const work of [migrateUp, migrateDown, migrationStatus]) {
      const failure: unknown = await work(database.url).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(StartupError)
      expect((failure as Error).message).toContain(FUTURE)
      expect((failure as Error).message).toContain('newer')
    }
    expect(await schemaOf(database)).toEqual(schema)
    expect(startServerProcess({ DATABASE_URL: database.url })).rejects.toThrow(FUTURE)
  })
})

test('the status tells which migrations are applied, and when', async () => {
  const database = await emptyDatabase()
  const before = await migrationStatus(database.url)
  await migrateUp(database.url)
  const after = await migrationStatus(database.url)

  expect(before).toEqual(names.map((name) => ({ name, executedAt: undefined })))
  expect(after).toEqual(names.map((name) => ({ name, executedAt: expect.any(Date) })))
})

test('a database counts as migrated only with the newest migration in it', async () => {
  const database = await emptyDatabase()
  await migrateUp(database.url)
  const executor = {
    run: <Row>({ text, values }: { text: string; values: readonly unknown[] }) => database.sql<Row>(text, values),
  }

  await requireMigrated(executor)
  await migrateDown(database.url)
  expect(requireMigrated(executor)).rejects.toThrow(`lacks the migration ${names.at(-1)!}`)
})
