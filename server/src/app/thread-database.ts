import type { Config } from '../config.ts'

/** How a thread beside the one that answers opens connections of its own. */
export function threadDatabase({ config, databaseUrl }: { config: Config; databaseUrl: string }) {
  return {
    databaseUrl,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
  }
}
