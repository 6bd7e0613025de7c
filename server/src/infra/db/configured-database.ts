import { startEmbeddedPostgres } from './embedded-postgres.ts'

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
