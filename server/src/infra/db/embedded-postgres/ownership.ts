import { Database } from 'bun:sqlite'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartupError } from '../../../shared/errors.ts'

export type Lock = { release: () => void }
/** What other processes need to know: where the server is, and whether it has been ready since its owner started. */
export type Notice = { url: string; port: number; ownerPid: number; isReady: boolean }

/** An unreferenced connection would be collected and its lock with it. */
const held = new Set<Database>()

export function lockFileOf(dataDir: string): string {
  return join(dataDir, 'postgres.lock')
}

/**
 * The lock that makes a process the owner of the data folder; undefined while another has it. It is SQLite's lock on a file,
 * kept by the kernel: it ends with the process however that ends, and is never stale. Nothing else may open that file.
 */
export function takeLock(dataDir: string): Lock | undefined {
  const file = lockFileOf(dataDir)
  let database: Database | undefined
  try {
    database = new Database(file, { create: true })
    database.run('PRAGMA busy_timeout = 0')
    database.run('PRAGMA journal_mode = MEMORY')
    database.run('BEGIN EXCLUSIVE')
  } catch (cause) {
    database?.close()
    if ((cause as { code?: string }).code === 'SQLITE_BUSY') return undefined
    throw new StartupError(
      `${file} cannot be locked (${(cause as Error).message}). The folder must be writable for this user; else point ` +
        'TANDEM_DATA_DIR at another folder, or set DATABASE_URL to a PostgreSQL server.',
      { cause },
    )
  }
  const owned = database
  held.add(owned)
  return {
    release: () => {
      if (held.delete(owned)) owned.close()
    },
  }
}

export async function readNotice(dataDir: string): Promise<Notice | undefined> {
  try {
    return JSON.parse(await readFile(join(dataDir, 'postgres.json'), 'utf8')) as Notice
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

export async function writeNotice(dataDir: string, notice: Notice): Promise<void> {
  const file = join(dataDir, 'postgres.json')
  await writeFile(`${file}.new`, `${JSON.stringify(notice, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}
