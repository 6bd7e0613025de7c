import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Glob } from 'bun'

const OLDEST_VERSION = 15
const START_TIMEOUT_MS = 60_000
const SERVICE_URL = 'postgres://postgres@127.0.0.1:5432/postgres'
const SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=500']
const isRoot = process.getuid?.() === 0

/**
 * Gives `use` a PostgreSQL that is not the embedded one: a throwaway cluster of the installed (or now installed) Debian
 * packages, else the server that runs on this machine. Undefined, with a note, where there is neither.
 */
export async function withInstalledPostgres<T>(use: (databaseUrl: string) => Promise<T>): Promise<T | undefined> {
  const binaries = (await findBinaries()) ?? (await installBinaries())
  if (binaries !== undefined) return await withCluster(binaries, use)
  if (await answers(SERVICE_URL)) return await use(SERVICE_URL)
  console.log(`No PostgreSQL ${OLDEST_VERSION} or newer is installed here or can be: its tests are left out.`)
  return undefined
}

async function findBinaries(): Promise<string | undefined> {
  const programs = await Array.fromAsync(new Glob('/usr/lib/postgresql/*/bin/initdb').scan('/'))
  const versions = programs.map((path) => Number(path.split('/').at(-3))).filter((version) => version >= OLDEST_VERSION)
  return versions.length === 0 ? undefined : `/usr/lib/postgresql/${Math.min(...versions)}/bin`
}

async function installBinaries(): Promise<string | undefined> {
  if (!isRoot || Bun.which('apt-get') === null) return undefined
  console.log('Installing PostgreSQL from the Debian packages…')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'postgresql']]) {
    await Bun.spawn({ cmd: ['apt-get', '-qq', ...args], env, stdio: ['ignore', 'ignore', 'inherit'] }).exited
  }
  return await findBinaries()
}

async function withCluster<T>(binaries: string, use: (databaseUrl: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-installed-'))
  if (isRoot) await run(['chown', 'postgres:', folder])
  const dataDir = join(folder, 'data')
  let server: Bun.Subprocess | undefined
  try {
    const options = ['-D', dataDir, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']
    await run(asPostgres([join(binaries, 'initdb'), ...options]))
    const port = freePort()
    const settings = [...SETTINGS, `port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`]
    const cmd = [join(binaries, 'postgres'), '-D', dataDir, ...settings.flatMap((setting) => ['-c', setting])]
    const log = Bun.file(join(folder, 'log'))
    server = Bun.spawn({ cmd: asPostgres(cmd), cwd: folder, stdio: ['ignore', log, log] })
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`
    await waitUntilReady(url, server, log)
    return await use(url)
  } finally {
    server?.kill('SIGINT')
    await server?.exited
    await rm(folder, { recursive: true, force: true })
  }
}

/** PostgreSQL refuses to run as root. */
function asPostgres(command: string[]): string[] {
  return isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', ...command] : command
}

async function run(command: string[]): Promise<void> {
  const child = Bun.spawn({ cmd: command, cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] })
  const errors = await child.stderr.text()
  if ((await child.exited) !== 0) throw new Error(`${command.join(' ')} failed: ${errors}`)
}

function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  listener.stop()
  return listener.port
}

async function waitUntilReady(url: string, server: Bun.Subprocess, log: Bun.BunFile): Promise<void> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS
  while (!(await answers(url))) {
    const isHopeless = server.exitCode !== null || Date.now() > giveUpAt
    if (isHopeless) throw new Error(`PostgreSQL did not start: ${await log.text()}`)
    await sleep(100)
  }
}

async function answers(url: string): Promise<boolean> {
  const sql = new Bun.SQL(url, { max: 1, connectionTimeout: 5 })
  try {
    const [row] = (await sql`select current_setting('server_version_num')::int as version`) as { version: number }[]
    return (row?.version ?? 0) >= OLDEST_VERSION * 10_000
  } catch {
    return false
  } finally {
    await sql.close()
  }
}
