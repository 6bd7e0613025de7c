import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator, type Migration, type MigrationResultSet } from 'kysely/migration'
import pg from 'pg'
import { AppError, StartupError } from '../../shared/errors.ts'
import type { Executor } from './database.ts'

const OLDEST_SERVER = 15
const FOLDER = join(import.meta.dir, '../../../migrations')

export type MigrationState = { name: string; executedAt: Date | undefined }

/** Applies all pending migrations under a lock, however many processes do so at once; returns the names of those applied. */
export function migrateUp(url: string): Promise<string[]> {
  return withMigrator(url, async (migrator) => namesOf(await migrator.migrateToLatest()))
}

/** Takes back the newest applied migration; returns its name, or nothing when none is applied. */
export function migrateDown(url: string): Promise<string[]> {
  return withMigrator(url, async (migrator) => namesOf(await migrator.migrateDown()))
}

export function migrationStatus(url: string): Promise<MigrationState[]> {
  return withMigrator(url, async (migrator) =>
    (await migrator.getMigrations()).map(({ name, executedAt }) => ({ name, executedAt })),
  )
}

let newestKnown: string | undefined

/** Throws unless the database answers and has the newest migration this version knows. */
export async function requireMigrated(executor: Executor): Promise<void> {
  // Probes ask every few seconds, and the files never change under a process.
  newestKnown ??= Object.keys(await readMigrations()).at(-1)
  const rows = await executor.run({
    name: 'require-migrated',
    text: 'SELECT name FROM kysely_migration WHERE name = $1',
    values: [newestKnown],
  })
  if (rows.length > 0) return
  throw new AppError('overloaded', 'NOT_MIGRATED', `The database lacks the migration ${newestKnown}.`)
}

/** Whether a server of that `server_version_num` is older than what Tandem needs. */
export function isOlderServer(versionNumber: number): boolean {
  return versionNumber < OLDEST_SERVER * 10_000
}

async function withMigrator<T>(url: string, work: (migrator: Migrator) => Promise<T>): Promise<T> {
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 1 }) }),
  })
  try {
    const migrations = await readMigrations()
    await refuseUnusableDatabase(db, url)
    await refuseNewerDatabase(db, Object.keys(migrations))
    return await work(new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } }))
  } finally {
    await db.destroy()
  }
}

async function readMigrations(): Promise<Record<string, Migration>> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.up.sql')).toSorted()
  const run = (file: string) => async (db: Kysely<unknown>) => {
    await sql.raw(await readFile(join(FOLDER, file), 'utf8')).execute(db)
  }
  return Object.fromEntries(
    files.map((file) => [
      file.replace('.up.sql', ''),
      { up: run(file), down: run(file.replace('.up.sql', '.down.sql')) } satisfies Migration,
    ]),
  )
}

async function refuseUnusableDatabase(db: Kysely<unknown>, url: string): Promise<void> {
  const { host, pathname } = new URL(url)
  const where = `the database ${pathname.slice(1)} at ${host}`
  const version = await sql<{ number: number; text: string }>`
    SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text`
    .execute(db)
    .then(({ rows }) => rows[0])
    .catch((error: unknown) => {
      const { message, code = '' } = error as { message: string; code?: string }
      throw new StartupError(`Cannot use ${where}: ${message || code}\nCheck DATABASE_URL, and that the server runs.`, {
        cause: error,
      })
    })
  if (version !== undefined && isOlderServer(version.number)) {
    throw new StartupError(`${where} is PostgreSQL ${version.text}; Tandem needs ${OLDEST_SERVER} or newer.`)
  }
}

async function refuseNewerDatabase(db: Kysely<unknown>, known: readonly string[]): Promise<void> {
  const { rows: tables } = await sql<{
    found: string | null
  }>`SELECT to_regclass('kysely_migration')::text AS found`.execute(db)
  if (tables[0]?.found === null) return
  const { rows } = await sql<{ name: string }>`SELECT name FROM kysely_migration ORDER BY name`.execute(db)
  const unknown = rows.map(({ name }) => name).filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  throw new StartupError(
    `The database is newer than this version of Tandem: it has the migration ${unknown.join(', ')}, which this version does not know.\n` +
      'Start the version that made it, or a newer one; or take the migration back with that version: npm run migrate -- down',
  )
}

function namesOf({ error, results = [] }: MigrationResultSet): string[] {
  if (error !== undefined) throw error as Error
  return results.filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName)
}
