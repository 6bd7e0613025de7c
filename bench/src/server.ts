import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withOpenFiles } from './load/child.ts'
import type { Target } from './load/connection.ts'
import { treeOf, listProcesses } from './machine/processes.ts'
import type { Watched } from './machine/usage.ts'

const ROOT = join(import.meta.dir, '../..')
const START_TIMEOUT_MS = 120_000
const SHOWN_LOG_LINES = 5

export type ServerOptions = {
  logLevel: string
  /** `--workers` of the server; none means that it is not given. */
  workers?: number
  openFiles?: number
  settings?: Readonly<Record<string, string>>
}

export type BenchServer = {
  url: string
  target: Target
  pid: number
  /** For its embedded PostgreSQL. */
  databaseUrl: string
  watched: Watched
  get: <Body>(path: string, query?: Readonly<Record<string, string>>) => Promise<Body>
  post: <Body>(path: string, body: unknown) => Promise<Body>
  /** Runs a command of the server workspace against the same database; gives what it printed. */
  runCommand: (file: string, ...args: readonly string[]) => Promise<string>
  /** A further process on the same database, which must be stopped before this one. */
  startAnother: () => Promise<BenchServer>
  stop: () => Promise<void>
}

/** A server process on its own embedded PostgreSQL with durable settings, in a folder that goes away afterwards. */
export async function startServer(options: ServerOptions): Promise<BenchServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-bench-'))
  const removeDataDir = () => rm(dataDir, { recursive: true, force: true })
  try {
    const server = await startIn(dataDir, options)
    return {
      ...server,
      async stop() {
        await server.stop()
        await removeDataDir()
      },
    }
  } catch (error) {
    await removeDataDir()
    throw error
  }
}

async function startIn(dataDir: string, options: ServerOptions): Promise<BenchServer> {
  const port = await freePort()
  const environment = {
    ...process.env,
    PORT: String(port),
    TANDEM_DATA_DIR: dataDir,
    LOG_LEVEL: options.logLevel,
    LOG_FORMAT: 'json',
    DATABASE_URL: '',
    ...options.settings,
  }
  const logFile = join(dataDir, `server-${port}.log`)
  const log = await open(logFile, 'w')
  const workers = options.workers === undefined ? [] : ['--workers', String(options.workers)]
  const command = [process.execPath, join(ROOT, 'server/src/main.ts'), ...workers]
  const child = Bun.spawn(withOpenFiles(command, options.openFiles ?? 0), {
    env: environment,
    stdio: ['ignore', log.fd, log.fd],
  })
  await log.close()
  const url = `http://127.0.0.1:${port}`
  try {
    await untilReady(url, child)
    if (options.workers !== undefined) await untilWorkersListen(child, dataDir, options.workers)
  } catch (error) {
    child.kill('SIGTERM')
    await child.exited
    throw new Error(`${String(error)}\n${await readFile(logFile, 'utf8')}`, { cause: error })
  }

  return {
    url,
    target: { hostname: '127.0.0.1', port },
    pid: child.pid,
    databaseUrl: (JSON.parse(await readFile(join(dataDir, 'postgres.json'), 'utf8')) as { url: string }).url,
    watched: { servers: [child.pid], postgres: await postmasterOf(dataDir) },
    get: async <Body>(path: string, query = {}) =>
      answerOf<Body>(await fetch(`${url}${path}?${new URLSearchParams(query).toString()}`)),
    post: async <Body>(path: string, body: unknown) =>
      answerOf<Body>(
        await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
    runCommand: (file, ...args) =>
      new Response(
        Bun.spawn([process.execPath, join(ROOT, 'server/src', file), ...args], { env: environment, stderr: 'inherit' })
          .stdout,
      ).text(),
    startAnother: () => startIn(dataDir, options),
    async stop() {
      child.kill('SIGTERM')
      await child.exited
      if (options.logLevel === 'warn') await showLog(logFile)
    },
  }
}

/** Warnings of a server under test are part of the result. */
async function showLog(file: string): Promise<void> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean)
  for (const line of lines.slice(0, SHOWN_LOG_LINES)) console.error(`The server logged: ${line}`)
  if (lines.length > SHOWN_LOG_LINES) console.error(`… and ${lines.length - SHOWN_LOG_LINES} lines more`)
}

async function postmasterOf(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8'), 10)
}

async function answerOf<Body>(response: Response): Promise<Body> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Body
}

async function untilReady(url: string, child: Bun.Subprocess): Promise<void> {
  const giveUpMs = performance.now() + START_TIMEOUT_MS
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The server ended with exit code ${child.exitCode}`)
    const response = await fetch(`${url}/readyz`).catch(() => null)
    if (response?.ok) return
    if (performance.now() > giveUpMs) throw new Error(`The server was not ready after ${START_TIMEOUT_MS} ms`)
    await Bun.sleep(20)
  }
}

/** `/readyz` may be answered as soon as the first worker listens. */
async function untilWorkersListen(child: Bun.Subprocess, dataDir: string, workers: number): Promise<void> {
  const postmaster = await postmasterOf(dataDir)
  const count = async () => treeOf(await listProcesses(), child.pid, postmaster).length - 1
  const giveUpMs = performance.now() + 20_000
  while ((await count()) < workers) {
    if (performance.now() > giveUpMs) throw new Error(`The server did not start ${workers} workers`)
    await Bun.sleep(50)
  }
  await Bun.sleep(2000)
}

async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const address = probe.address()
    probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
  })
  return promise
}
