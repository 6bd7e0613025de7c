import { Client } from 'pg'
import { StartupError } from '../../../shared/errors.ts'

export type Answer = 'ready' | 'starting' | 'no_database' | 'wrong_password' | 'silent'

export function urlOf(port: number, password: string, database = 'tandem'): string {
  return `postgres://tandem:${password}@127.0.0.1:${port}/${database}`
}

/** Logs in for real: an open port alone proves neither that the server is ready nor that it is ours. */
export async function askServer(url: string): Promise<Answer> {
  try {
    await withClient(url, (client) => client.query('select 1'))
    return 'ready'
  } catch (error) {
    return readAnswer((error as { code?: string }).code)
  }
}

function readAnswer(code: string | undefined): Answer {
  if (code === '57P03') return 'starting'
  if (code === '3D000') return 'no_database'
  if (code === '28P01') return 'wrong_password'
  return code === '53300' ? 'ready' : 'silent'
}

export async function createDatabase(port: number, password: string): Promise<void> {
  try {
    await withClient(urlOf(port, password, 'postgres'), (client) => client.query('create database tandem'))
  } catch (cause) {
    throw new StartupError(`The database "tandem" could not be created: ${(cause as Error).message}`, { cause })
  }
}

async function withClient(url: string, use: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 60_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await use(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
