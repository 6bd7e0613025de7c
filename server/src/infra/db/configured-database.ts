import pg from 'pg'
import { startEmbeddedPostgres } from './embedded-postgres.ts'

/** Names the database, the same to whoever connects to it by whatever address: its cluster's number and its own. */
export async function identityOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    const { rows } = await client.query<{ identity: string }>(
      `SELECT system_identifier || '-' || oid AS identity FROM pg_control_system(), pg_database
       WHERE datname = current_database()`,
    )
    return rows[0]!.identity
  } finally {
    await client.end()
  }
}

export type ConfiguredDatabase = { url: string; close: () => Promise<void> }

/** The database at `url`; without one the embedded database in `dataDir`, started here unless it runs already. */
export async function openConfiguredDatabase(
  { url, dataDir }: { url: string | undefined; dataDir: string },
  onMessage: (message: string) => void,
): Promise<ConfiguredDatabase> {
  if (url !== undefined) {
    return { url, close: () => Promise.resolve() }
  }
  const embedded = await startEmbeddedPostgres({ dataDir, onMessage })
  return { url: embedded.url, close: embedded.stop }
}
