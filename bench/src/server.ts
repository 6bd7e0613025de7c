import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dir, '../..')

export type BenchServer = {
  url: string
  get: <Body>(path: string, query?: Readonly<Record<string, string>>) => Promise<Body>
  post: <Body>(path: string, body: unknown) => Promise<Body>
  /** Runs a command of the server workspace against the same database; gives what it printed. */
  runCommand: (file: string, ...args: readonly string[]) => Promise<string>
  stop: () => Promise<void>
}

/** A server process on its own embedded PostgreSQL with durable settings, in a folder that goes away afterwards. */
export async function startServer(): Promise<BenchServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-bench-'))
  const port = await freePort()
  const environment = {
    ...process.env,
    PORT: String(port),
    TANDEM_DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    DATABASE_URL: '',
  }
  const child = Bun.spawn([process.execPath, join(ROOT, 'server/src/main.ts')], {
    env: environment,
    stdout: 'inherit',
    stderr: 'inherit',
  })
  const url = `http://127.0.0.1:${port}`
  await untilReady(url, child)
  return {
    url,
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
    async stop() {
      child.kill('SIGTERM')
      await child.exited
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function answerOf<Body>(response: Response): Promise<Body> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Body
}

async function untilReady(url: string, child: Bun.Subprocess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The server ended with exit code ${child.exitCode}`)
    const response = await fetch(`${url}/readyz`).catch(() => null)
    if (response?.ok) return
    await Bun.sleep(50)
  }
}

async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const address = probe.address()
    probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
  })
  return promise
}
