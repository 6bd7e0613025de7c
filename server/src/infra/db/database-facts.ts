import { statfs } from 'node:fs/promises'
import pg from 'pg'
import { isOlderServer, migrationStatus } from './migrator.ts'

/** What a database says about itself to whoever looks for what is wrong. */
export type DatabaseFacts = {
  version: string
  isTooOld: boolean
  isReadOnly: boolean
  encoding: string
  isDurable: boolean
  mayCreate: boolean
  /** How far its clock is ahead of ours, as far as the way there lets us know. */
  aheadMs: number
  roundTripMs: number
  connections: { max: number; used: number }
  bytes: number
  /** Of the disk of its data; null where it is another machine's or not ours to see. */
  disk: { freeBytes: number; bytes: number } | null
  oldestTransaction: { pid: number; application: string; seconds: number } | null
  /** Slots that nobody reads, with what the server keeps for them. */
  idleSlots: { name: string; keptBytes: number }[]
  /** Null where it may not be known: the sentence says why. */
  migrations: { pending: string[] } | { refusal: string }
}

type Row = Omit<DatabaseFacts, 'isTooOld' | 'aheadMs' | 'roundTripMs' | 'disk' | 'migrations' | 'connections'> & {
  versionNumber: number
  maxConnections: number
  usedConnections: number
  folder: string | null
}

const CONNECT_WITHIN_MS = 5000

const FACTS = `SELECT current_setting('server_version') AS version,
    current_setting('server_version_num')::int AS "versionNumber",
    pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool AS "isReadOnly",
    current_setting('server_encoding') AS encoding,
    current_setting('fsync')::bool AND current_setting('synchronous_commit') <> 'off' AS "isDurable",
    has_schema_privilege(coalesce(current_schema(), 'public'), 'CREATE') AS "mayCreate",
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS "maxConnections",
    (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())
      AS "usedConnections",
    pg_database_size(current_database())::float8 AS bytes,
    current_setting('data_directory', true) AS folder,
    (SELECT json_build_object('pid', pid, 'application', application_name,
        'seconds', extract(epoch FROM now() - xact_start)::int)
      FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      ORDER BY xact_start LIMIT 1) AS "oldestTransaction",
    (SELECT coalesce(json_agg(json_build_object('name', slot_name,
        'keptBytes', pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
          ELSE pg_current_wal_lsn() END, restart_lsn))), '[]')
      FROM pg_replication_slots WHERE NOT active AND restart_lsn IS NOT NULL) AS "idleSlots"`

/** Connects as the service does and asks; throws what the driver throws where that does not work. Changes nothing. */
export async function readDatabaseFacts(url: string): Promise<DatabaseFacts> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    statement_timeout: CONNECT_WITHIN_MS,
    application_name: 'tandem doctor',
  })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const clock = await compareClocks(client)
    const { rows } = await client.query<Row>(FACTS)
    const { versionNumber, maxConnections, usedConnections, folder, ...facts } = rows[0]!
    return {
      ...facts,
      ...clock,
      isTooOld: isOlderServer(versionNumber),
      connections: { max: maxConnections, used: usedConnections },
      disk: await diskOf(folder),
      migrations: await pendingMigrations(url),
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function compareClocks(client: pg.Client): Promise<{ aheadMs: number; roundTripMs: number }> {
  // The first statement of a connection is the slowest; the second tells how far away the server is.
  await client.query('SELECT 1')
  const startedMs = performance.now()
  const { rows } = await client.query<{ ms: number }>(
    'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms',
  )
  const roundTripMs = performance.now() - startedMs
  return { aheadMs: rows[0]!.ms - (Date.now() - roundTripMs / 2), roundTripMs }
}

async function diskOf(folder: string | null): Promise<DatabaseFacts['disk']> {
  if (folder === null) return null
  try {
    return await freeSpace(folder)
  } catch {
    return null
  }
}

export async function freeSpace(folder: string): Promise<{ freeBytes: number; bytes: number }> {
  const { bavail, blocks, bsize } = await statfs(folder)
  return { freeBytes: bavail * bsize, bytes: blocks * bsize }
}

async function pendingMigrations(url: string): Promise<DatabaseFacts['migrations']> {
  try {
    const states = await migrationStatus(url)
    return { pending: states.flatMap(({ name, executedAt }) => (executedAt === undefined ? [name] : [])) }
  } catch (error) {
    return { refusal: (error as Error).message }
  }
}
