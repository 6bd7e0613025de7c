import { afterAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@redis/client'

const program = Bun.which('redis-server')

/** Tests of Redis are left out, loudly, where there is none; CI installs it first. */
export const hasRedis = program !== null
if (!hasRedis) process.stderr.write('No redis-server on the PATH: tests of Redis are LEFT OUT (Debian: redis-server)\n')

export type TestRedis = {
  url: string
  port: number
  /** Runs one command past the application. */
  run: (...command: string[]) => Promise<unknown>
  /** Ends it at once, as a crash does; with nothing saved. */
  kill: () => Promise<void>
  /** Starts it again on the same port. */
  start: () => Promise<void>
}

/** A Redis of its own, empty, ended after the test file. */
export async function startRedis(): Promise<TestRedis> {
  const port = freePort()
  const url = `redis://127.0.0.1:${port}`
  const folder = mkdtempSync(join(tmpdir(), 'tandem-redis-'))
  let server: Bun.Subprocess | undefined

  async function start(): Promise<void> {
    const settings = [
      '--bind',
      '127.0.0.1',
      '--port',
      String(port),
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder,
    ]
    server = Bun.spawn({ cmd: [program ?? 'redis-server', ...settings], stdio: ['ignore', 'ignore', 'inherit'] })
    while (
      !(await run('PING').then(
        () => true,
        () => false,
      ))
    ) {
      if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`)
      await sleep(20)
    }
  }
  async function kill(): Promise<void> {
    server?.kill('SIGKILL')
    await server?.exited
  }
  async function run(...command: string[]): Promise<unknown> {
    const client = createClient({ url, socket: { reconnectStrategy: false } })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return await client.sendCommand(command)
    } finally {
      client.destroy()
    }
  }

  afterAll(async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  return { url, port, run, kill, start }
}

function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  listener.stop(true)
  return listener.port
}
