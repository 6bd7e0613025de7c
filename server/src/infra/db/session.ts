import pg from 'pg'
import { columnTypes } from './column-types.ts'
import type { Executor } from './database.ts'

/** One connection to the database: for what belongs to a session, as an advisory lock does. */
export type Session = Executor & { close: () => Promise<void> }

const CONNECT_TIMEOUT_MS = 5000
const STATEMENT_TIMEOUT_MS = 10_000
const CLOSE_TIMEOUT_MS = 1000

/** Connects; from then on whatever breaks it fails the queries. Not for a pooler that shares connections between transactions. */
export async function openSession(url: string, name: string): Promise<Session> {
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    // Of a dead connection nobody would hear before TCP gives up.
    query_timeout: STATEMENT_TIMEOUT_MS + CLOSE_TIMEOUT_MS,
    keepAlive: true,
    options: '-c TimeZone=UTC',
    types: columnTypes,
  })
  client.on('error', () => undefined)
  await client.connect()
  return {
    async run<Row>({ name: statement, text, values }: Parameters<Executor['run']>[0]) {
      const query = { text, values: [...values], ...(statement === undefined ? {} : { name: statement }) }
      return (await client.query(query)).rows as Row[]
    },
    async close() {
      await Promise.race([client.end().catch(() => undefined), Bun.sleep(CLOSE_TIMEOUT_MS)])
    },
  }
}
