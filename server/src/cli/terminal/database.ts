import { databaseOf, readConfig, type Config } from '../../config.ts'
import { openConfiguredDatabase } from '../../infra/db/configured-database.ts'
import type { Terminal } from './command.ts'

/** Does the work on the database the settings name; the embedded one is started for it unless it runs already. */
export async function withConfiguredDatabase<T>(
  terminal: Terminal,
  work: (url: string, config: Config) => Promise<T>,
): Promise<T> {
  const config = readConfig(terminal.environment)
  const database = await openConfiguredDatabase(databaseOf(config), terminal.complain)
  try {
    return await work(database.url, config)
  } finally {
    await database.close()
  }
}
