import { afterAll } from 'bun:test'
import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { columnTypes } from '../infra/db/column-types.ts'
import { openDatabase, type Db } from '../infra/db/database.ts'
import { migrateUp } from '../infra/db/migrator.ts'

const MIGRATIONS = join(import.meta.dir, '../../migrations')

export type TestDatabase = {
  url: string
  /** Runs one statement past the application, for arranging and for checking. */
  sql: <Row = Record<string, unknown>>(text: string, values?: readonly unknown[]) => Promise<Row[]>
}

/** A migrated, empty database of its own, dropped after the test file. */
export async function freshDatabase(): Promise<TestDatabase> {
  const template = await migratedTemplate()
  return openAndDropLater(`test_${randomUUID().replaceAll('-', '')}`, template)
}

/** As production connects to it; to be closed by the caller. */
export function connectTo(
  { url }: Pick<TestDatabase, 'url'>,
  limits: { poolSize: number; statementTimeoutMs: number },
): Db {
  return openDatabase({ url, ...limits, connectTimeoutMs: 5000, onError: () => undefined })
}

/** A database without any table, for tests of the migrations. */
export function emptyDatabase(): Promise<TestDatabase> {
  return openAndDropLater(`test_${randomUUID().replaceAll('-', '')}`, 'template0')
}

async function openAndDropLater(name: string, template: string): Promise<TestDatabase> {
  await asAdmin((client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`))
  const url = urlOf(name)
  const pool = new pg.Pool({ connectionString: url, max: 4, options: '-c TimeZone=UTC', types: columnTypes })
  pool.on('error', () => undefined)
  afterAll(async () => {
    await pool.end()
    await asAdmin((client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  })
  return {
    url,
    sql: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await pool.query(text, [...values])).rows as Row[],
  }
}

/** Migrated once for each state of the migrations; all test databases are copies of it. */
async function migratedTemplate(): Promise<string> {
  const files = readdirSync(MIGRATIONS).toSorted()
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(join(MIGRATIONS, file)))
  const name = `tandem_template_${hash.digest('hex').slice(0, 16)}`
  await asAdmin(async (client) => {
    await client.query(`SELECT pg_advisory_lock(hashtext('tandem.test-template'))`)
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 1) return
    await client.query(`DROP DATABASE IF EXISTS ${name}_new`)
    await client.query(`CREATE DATABASE ${name}_new TEMPLATE template0`)
    await migrateUp(urlOf(`${name}_new`))
    await client.query(`ALTER DATABASE ${name}_new RENAME TO ${name}`)
  })
  return name
}

async function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: adminUrl() })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function adminUrl(): string {
  const url = process.env['TEST_DATABASE_URL']
  if (url === undefined) {
    throw new Error('Run database tests by `npm test`, or set TEST_DATABASE_URL to a server to make databases on.')
  }
  return url
}

function urlOf(database: string): string {
  const url = new URL(adminUrl())
  url.pathname = `/${database}`
  return url.href
}
