import type { Config } from '../config.ts'
import type { DbAddress } from '../infra/db/database.ts'

export function threadDatabase({ config, databaseUrl }: { config: Config; databaseUrl: string }): DbAddress {
  return {
    url: databaseUrl,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
  }
}
