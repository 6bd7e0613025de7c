import { dataDirOf, type Config } from './config.ts'
import { startEmbeddedPostgres } from './infra/db/embedded-postgres.ts'

export type ConfiguredDatabase = { url: string; close: () => Promise<void> }

/** The database the settings name: DATABASE_URL, else the embedded one, started here unless it runs already. */
export async function openConfiguredDatabase(
  config: Pick<Config, 'DATABASE_URL' | 'TANDEM_DATA_DIR'>,
  onMessage: (message: string) => void,
): Promise<ConfiguredDatabase> {
  if (config.DATABASE_URL !== undefined) return { url: config.DATABASE_URL, close: () => Promise.resolve() }
  const embedded = await startEmbeddedPostgres({ dataDir: dataDirOf(config), onMessage })
  return { url: embedded.url, close: embedded.stop }
}
