import { afterAll } from 'bun:test'
import { join } from 'node:path'
import { createApp } from '../app.ts'
import { readConfig } from '../config.ts'
import { listen } from '../infra/http/listen.ts'
import { createLogger } from '../infra/telemetry/logger.ts'
import { clientOf, type Client } from './client.ts'
import type { TestDatabase } from './database.ts'

type Environment = Readonly<Record<string, string>>

/**
 * The whole application in this process, over real HTTP, that fills no empty seats, runs no jobs and writes no notifications by itself;
 * stopped after the test file.
 */
export function startServer(database: Pick<TestDatabase, 'url'>, environment: Environment = {}): Client {
  const quiet = { LOG_LEVEL: 'silent', FILL_SEATS_EVERY_MS: '0', JOBS_AT_ONCE: '0', NOTIFICATION_EVERY_MS: '0' }
  const config = readConfig({ ...quiet, ...environment })
  const log = createLogger(config.LOG_LEVEL, false)
  const databaseIdentity = new URL(database.url).pathname.slice(1)
  const app = createApp({ config, databaseUrl: database.url, databaseIdentity, log })
  const listener = listen(app.fetch, {
    hostname: '127.0.0.1',
    port: 0,
    idleTimeoutS: config.IDLE_TIMEOUT_S,
    sockets: app.sockets,
  })
  afterAll(async () => {
    app.beginStop()
    await listener.stop(2000)
    await app.close()
  })
  return clientOf(listener.url)
}

export type ServerProcess = Client & {
  pid: number
  /** Everything it wrote to standard output and standard error so far. */
  output: () => string
  kill: (signal: NodeJS.Signals) => void
  exited: Promise<number>
  /** Resolves when it has ended, and every process that it started. */
  allEnded: Promise<void>
}

/** `npm start` without the installation: a process of its own, killed after the test file if it still runs. */
export async function startServerProcess(environment: Environment, args: string[] = []): Promise<ServerProcess> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, '../main.ts'), ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', LOG_FORMAT: 'json', ...environment },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  afterAll(() => child.kill('SIGKILL'))
  let output = ''
  const ready = Promise.withResolvers<string>()
  async function follow(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true })
      const url = /"url":"([^"]+)"/.exec(output)?.[1]
      if (url !== undefined) ready.resolve(url)
    }
  }
  // Workers write to the same pipes: these end with the last of them.
  const allEnded = Promise.all([follow(child.stdout), follow(child.stderr)]).then(() =>
    ready.reject(new Error(`The server ended before it was ready:\n${output}`)),
  )
  ready.promise.catch(() => undefined)
  return {
    ...clientOf(await ready.promise),
    pid: child.pid,
    output: () => output,
    kill: (signal) => child.kill(signal),
    exited: child.exited,
    allEnded,
  }
}
