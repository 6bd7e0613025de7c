import { existsSync } from 'node:fs'
import { access, constants, mkdir, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartupError } from '../../shared/errors.ts'
import { findBinaries } from './embedded-postgres/binaries.ts'
import { openCluster } from './embedded-postgres/cluster.ts'
import { askServer, urlOf } from './embedded-postgres/connection.ts'
import { type Lock, lockFileOf, readNotice, takeLock, writeNotice } from './embedded-postgres/ownership.ts'
import { startServer } from './embedded-postgres/server.ts'

export type EmbeddedPostgres = { url: string; stop: () => Promise<void> }
export type EmbeddedPostgresOptions = {
  dataDir: string
  settings?: Record<string, string>
  onMessage?: (message: string) => void
  attachOnly?: boolean
}
type Settled = Required<EmbeddedPostgresOptions>

const ATTACH_PATIENCE_MS = 120_000

/**
 * The PostgreSQL server of a data folder. The first process to ask starts it, keeps it running and owns it: its `stop` ends the
 * server. Every other process attaches while the owner lives, and its `stop` does nothing. Safe to call from any number of
 * processes at once; when an owner was killed, the next process that starts takes over.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const attachOnly = options.attachOnly ?? false
  const dataDir = resolve(options.dataDir)
  try {
    if (!attachOnly) await prepareFolder(dataDir)
    else if (!existsSync(lockFileOf(dataDir))) throw notRunning(dataDir)
    const settled = {
      settings: {},
      onMessage: () => undefined,
      ...options,
      attachOnly,
      dataDir: await realpath(dataDir),
    }
    return await startOrAttach(settled)
  } catch (error) {
    throw explain(error, dataDir)
  }
}

async function startOrAttach(options: Settled): Promise<EmbeddedPostgres> {
  const { dataDir, attachOnly } = options
  let giveUpAt = Date.now() + ATTACH_PATIENCE_MS
  let seen = ''
  while (Date.now() < giveUpAt) {
    const lock = takeLock(dataDir)
    if (lock !== undefined && !attachOnly) return await own(lock, options)
    lock?.release()
    const notice = await readNotice(dataDir)
    const answer = notice?.isReady === true ? await askServer(notice.url) : 'silent'
    if (notice !== undefined && answer === 'ready') return { url: notice.url, stop: () => Promise.resolve() }
    if (lock !== undefined) throw notRunning(dataDir)

    const state = JSON.stringify(notice)
    if (state !== seen || answer === 'starting') giveUpAt = Date.now() + ATTACH_PATIENCE_MS
    seen = state
    await sleep(30 + Math.random() * 40)
  }
  throw new StartupError(
    `Another process holds ${lockFileOf(dataDir)}, but its PostgreSQL cannot be reached from here. End that process, or point ` +
      'TANDEM_DATA_DIR at another folder, or set DATABASE_URL to a PostgreSQL server.',
  )
}

async function own(lock: Lock, { dataDir, settings, onMessage }: Settled): Promise<EmbeddedPostgres> {
  try {
    const before = await readNotice(dataDir)
    if (before !== undefined) await writeNotice(dataDir, { ...before, ownerPid: process.pid, isReady: false })
    const cluster = await openCluster(dataDir, await findBinaries(), settings['fsync'] !== 'off')
    const launch = { cluster, logFile: join(dataDir, 'postgres.log'), settings, onMessage }
    const { port, stop } = await startServer(launch, before?.port)
    const notice = { url: urlOf(port, cluster.password), port, ownerPid: process.pid, isReady: true }
    await writeNotice(dataDir, notice)
    let stopped: Promise<void> | undefined
    const stopOnce = async () => {
      await writeNotice(dataDir, { ...notice, isReady: false }).catch(() => undefined)
      await stop()
      lock.release()
    }
    return { url: notice.url, stop: () => (stopped ??= stopOnce()) }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function prepareFolder(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true })
  await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
}

function notRunning(dataDir: string): StartupError {
  return new StartupError(
    `No PostgreSQL runs in ${dataDir}. Start Tandem there first, or set DATABASE_URL to a PostgreSQL server.`,
  )
}

function explain(error: unknown, dataDir: string): unknown {
  if (error instanceof StartupError || !(error instanceof Error) || !('syscall' in error)) return error
  return new StartupError(
    `Tandem cannot keep its data in ${dataDir} (${error.message}). It must be writable for this user and have room; else point ` +
      'TANDEM_DATA_DIR at another folder, or set DATABASE_URL to a PostgreSQL server.',
    { cause: error },
  )
}
