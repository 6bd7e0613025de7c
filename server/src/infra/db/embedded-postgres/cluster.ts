import { createHash, randomBytes } from 'node:crypto'
import { chownSync, existsSync } from 'node:fs'
import { mkdir, mkdtemp, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartupError } from '../../../shared/errors.ts'
import { type Account, chooseAccount } from './account.ts'
import type { Binaries } from './binaries.ts'
import { signalProcess } from './leftovers.ts'
import { lastLines, listProcessesWith, runProgram } from './processes.ts'

/** `name` stands in the command line of each of its processes. */
export type Cluster = { dir: string; name: string; password: string; account: Account; binaries: Binaries }

const NURSERY = 'postgres.new-'
const PASSWORD_FILE = 'tandem.password'

export function clusterDirOf(dataDir: string): string {
  return join(dataDir, 'postgres')
}

/** Creates the cluster when there is none. The caller holds the lock of the data folder. */
export async function openCluster(dataDir: string, binaries: Binaries, isDurable: boolean): Promise<Cluster> {
  const dir = clusterDirOf(dataDir)
  await removeNurseries(dataDir)
  const version = await readClusterVersion(dir)
  if (version !== undefined) refuseOtherVersion(dir, version, binaries.majorVersion)
  const account = await chooseAccount(binaries, dataDir, dir)
  if (version === undefined) await createCluster(dataDir, binaries, account, isDurable)
  else await handOver(dir, account)
  const name = `tandem-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`
  return { dir, name, password: await readPassword(dir), account, binaries }
}

/** What a start that was killed left behind, and its initdb that may still be writing there. */
async function removeNurseries(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(NURSERY)) continue
    const nursery = join(dataDir, name)
    for (const pid of listProcessesWith('initdb', nursery)) signalProcess(pid, 'SIGKILL')
    await removeFolder(nursery)
  }
}

/**
 * A process that is just ending may put files into the folder or take some away, and then `rm` may fail or stop half way without
 * a word. What cannot be removed is left for the next start.
 */
async function removeFolder(path: string): Promise<void> {
  for (let attempt = 1; existsSync(path) && attempt <= 20; attempt += 1) {
    if (attempt > 1) await sleep(attempt * 10)
    await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

async function readClusterVersion(dir: string): Promise<string | undefined> {
  const entries = await readdir(dir).catch(ignoreMissing)
  if (entries === undefined || entries.length === 0) return undefined
  if (entries.includes('PG_VERSION')) return (await readFile(join(dir, 'PG_VERSION'), 'utf8')).trim()
  throw new StartupError(
    `${dir} is neither empty nor a PostgreSQL cluster. Move it away, or point TANDEM_DATA_DIR at another folder.`,
  )
}

function refuseOtherVersion(dir: string, version: string, majorVersion: string): void {
  if (version === majorVersion) return
  throw new StartupError(
    `The data in ${dir} belongs to PostgreSQL ${version}, but this release of Tandem brings PostgreSQL ${majorVersion}. ` +
      'Nothing was changed. Upgrade the data with pg_upgrade, or move the folder away to start empty, or point ' +
      'TANDEM_DATA_DIR at another folder, or set DATABASE_URL to a PostgreSQL server.',
  )
}

/** Built aside with its password inside, flushed to disk, then put in place by one rename: whole or not there at all. */
async function createCluster(dataDir: string, binaries: Binaries, account: Account, isDurable: boolean): Promise<void> {
  const nursery = await mkdtemp(join(dataDir, NURSERY))
  const [data, passwordFile] = [join(nursery, 'data'), join(nursery, 'password')]
  try {
    await mkdir(data, { mode: 0o700 })
    const password = randomBytes(24).toString('base64url')
    await writeSynced(passwordFile, password)
    giveTo(account, nursery, data, passwordFile)
    const { code, output } = await runProgram([
      ...account.prefix,
      binaries.initdb,
      ...initdbArguments(data, passwordFile, isDurable),
    ])
    if (code !== 0) throw new StartupError(`PostgreSQL could not create its data in ${dataDir}:\n${lastLines(output)}`)
    await rename(passwordFile, join(data, PASSWORD_FILE))
    await syncFolder(data)
    await rename(data, clusterDirOf(dataDir))
    await syncFolder(dataDir)
  } finally {
    await removeFolder(nursery)
  }
}

function initdbArguments(data: string, passwordFile: string, isDurable: boolean): string[] {
  return [
    `--pgdata=${data}`,
    '--username=tandem',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(isDurable ? [] : ['--no-sync']),
  ]
}

/** A cluster restored by root belongs to root, and PostgreSQL insists on owning its data. */
async function handOver(dir: string, account: Account): Promise<void> {
  if (account.user === undefined || (await stat(dir)).uid === account.user.uid) return
  const { code, output } = await runProgram(['chown', '-R', `${account.user.uid}:${account.user.gid}`, dir])
  if (code !== 0) throw new StartupError(`${dir} cannot be given to the user ${account.user.name}: ${output}`)
}

async function readPassword(dir: string): Promise<string> {
  const password = await readFile(join(dir, PASSWORD_FILE), 'utf8').catch(ignoreMissing)
  if (password !== undefined) return password.trim()
  throw new StartupError(
    `${dir} was not created by Tandem: it has no ${PASSWORD_FILE}. Put the password of its user "tandem" into that file, ` +
      'or move the folder away, or point TANDEM_DATA_DIR at another folder.',
  )
}

function giveTo({ user }: Account, ...paths: string[]): void {
  if (user === undefined) return
  for (const path of paths) chownSync(path, user.uid, user.gid)
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
  await file.close()
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync()
  await folder.close()
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
