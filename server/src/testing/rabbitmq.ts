import { afterAll } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'amqplib'

/** Debian's own command asks for its own user; this one is what it starts. */
const program = ['/usr/lib/rabbitmq/bin/rabbitmq-server', Bun.which('rabbitmq-server') ?? ''].find(existsSync)

/** Tests of RabbitMQ are left out, loudly, where there is none; CI installs it first. */
export const hasRabbit = program !== undefined
if (!hasRabbit) {
  process.stderr.write('No rabbitmq-server on the PATH: tests of RabbitMQ are LEFT OUT (Debian: rabbitmq-server)\n')
}

export type TestRabbit = {
  url: string
  /** Ends it at once, as a crash does. */
  kill: () => Promise<void>
  /** Starts it again, with what it had on its disk. */
  start: () => Promise<void>
}

/** A RabbitMQ of its own, empty, ended after the test file. It takes ten seconds to start. */
export async function startRabbit(): Promise<TestRabbit> {
  const port = freePort()
  const folder = mkdtempSync(join(tmpdir(), 'tandem-rabbit-'))
  const url = `amqp://guest:guest@127.0.0.1:${port}`
  const pidFile = join(folder, 'pid')
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n')
  writeFileSync(join(folder, 'rabbitmq.conf'), `listeners.tcp.1 = 127.0.0.1:${port}\nloopback_users = none\n`)
  const environment = {
    PATH: process.env['PATH'],
    HOME: folder,
    RABBITMQ_NODENAME: `tandem-${port}@localhost`,
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'none'),
    RABBITMQ_DIST_PORT: String(freePort()),
    RABBITMQ_MNESIA_BASE: folder,
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_LOGS: join(folder, 'rabbit.log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_PID_FILE: pidFile,
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none',
  }
  let server: Bun.Subprocess | undefined

  async function start(): Promise<void> {
    server = Bun.spawn({ cmd: [program!], env: environment, stdio: ['ignore', 'ignore', 'ignore'], cwd: folder })
    while (!(await isUp(url))) {
      if (server.exitCode !== null) throw new Error(`rabbitmq-server ended with ${server.exitCode}: see ${folder}`)
      await sleep(100)
    }
  }
  async function kill(): Promise<void> {
    for (const pid of [pidIn(pidFile), server?.pid]) {
      if (pid !== undefined) end(pid)
    }
    await server?.exited
    while (await isUp(url)) await sleep(20)
  }

  afterAll(async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  return { url, kill, start }
}

function pidIn(file: string): number | undefined {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

async function isUp(url: string): Promise<boolean> {
  try {
    const connection = await connect(url, { timeout: 1000 })
    connection.on('error', () => undefined)
    await connection.close()
    return true
  } catch {
    return false
  }
}

function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  listener.stop(true)
  return listener.port
}
