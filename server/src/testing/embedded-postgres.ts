import { expect } from 'bun:test'
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../infra/db/embedded-postgres.ts'
import { isReachable } from '../infra/db/embedded-postgres/account.ts'
import { signalProcess } from '../infra/db/embedded-postgres/leftovers.ts'
import { listClusterProcesses } from '../infra/db/embedded-postgres/processes.ts'
import { StartupError } from '../shared/errors.ts'

export const FAST = { fsync: 'off' }
export const nobody = { name: 'nobody', uid: 65534, gid: 65534 }
export const isRoot = process.geteuid?.() === 0
export const isLinux = process.platform === 'linux'
export const mayNobodyReadThis = isReachable(import.meta.dir, nobody) && isReachable(process.execPath, nobody)

const folders: string[] = []
const servers: EmbeddedPostgres[] = []
const children: ChildProcess[] = []

/** Stops what a test started and removes its folders; to be called after each. */
export async function cleanUp(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  const living = children.splice(0).filter((child) => child.exitCode === null && child.signalCode === null)
  await Promise.all(living.map((child) => killAndWait(child)))
  for (const folder of folders.splice(0)) {
    const abandoned = processesOf(folder)
    for (const pid of abandoned) signalProcess(pid, 'SIGKILL')
    await until(() => processesOf(folder).length === 0)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

export function aFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tandem-postgres-')))
  folders.push(folder)
  return folder
}

export async function start(
  dataDir: string,
  options: Partial<EmbeddedPostgresOptions> = {},
): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, settings: FAST, ...options })
  servers.push(server)
  return server
}

export async function refusalOf(
  dataDir: string,
  options: Partial<EmbeddedPostgresOptions> = {},
): Promise<StartupError> {
  const refusal = await start(dataDir, options).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(StartupError)
  return refusal as StartupError
}

export async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    return rows[0]?.[0]
  } finally {
    await client.end()
  }
}

export function processesOf(dataDir: string): number[] {
  return listClusterProcesses({ dir: join(dataDir, 'postgres'), name: dataDir })
}

export function postmasterOf(dataDir: string): number {
  return Number.parseInt(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10)
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error('what was waited for did not happen')
    await sleep(20)
  }
}

export async function killAndWait(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

/** Another process with the same folder; it prints its url, and ends as told when its standard input closes. */
export function anotherProcess(
  dataDir: string,
  { ending = 'await server.stop()', prefix = [] as string[] } = {},
): ChildProcess {
  const program = `
    import { startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dir, '../infra/db/embedded-postgres.ts'))}
    process.on('SIGINT', () => undefined)
    try {
      const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, settings: { fsync: 'off' } })
      console.log(server.url)
      for await (const _ of process.stdin);
      ${ending}
    } catch (error) {
      console.log(error.name + ': ' + error.message)
    }
    process.exit()`
  return spawnCommand([...prefix, process.execPath, '-e', program], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

export function spawnCommand([program = '', ...args]: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(program, args, { cwd: '/', ...options })
  children.push(child)
  return child
}

export function firstLineOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim())))
}

export async function finish(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.stdin?.end()
  await ended
}

/** A process that has nothing to do with PostgreSQL, of the user whom the cluster belongs to. */
export function aStranger(dataDir: string): ChildProcess {
  const owner = statSync(join(dataDir, 'postgres')).uid
  const prefix = isRoot ? ['setpriv', '--reuid', String(owner), '--clear-groups'] : []
  return spawnCommand([...prefix, 'sleep', '60'], { stdio: 'ignore' })
}
