import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Debian's own command asks for its own user; this one is what it starts. */
const program = ['/usr/lib/rabbitmq/bin/rabbitmq-server', Bun.which('rabbitmq-server') ?? ''].find(existsSync)

export const hasRabbit = program !== undefined

export type OwnRabbit = {
  url: string
  /** Ends it at once, as a crash does. */
  kill: () => Promise<void>
  /** Starts it again, with what it had on its disk. */
  start: () => Promise<void>
  /** Ends it and takes away what it had. */
  remove: () => Promise<void>
}

const ANSWER_WITHIN_MS = 1000
const GREETING = 'AMQP\0\0\u0009\u0001'

/** A RabbitMQ of its own, empty. It takes ten seconds to start. */
export async function startOwnRabbit(): Promise<OwnRabbit> {
  const port = freePort()
  const folder = mkdtempSync(join(tmpdir(), 'tandem-rabbit-'))
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
    while (!(await isUp(port))) {
      if (server.exitCode !== null) throw new Error(`rabbitmq-server ended with ${server.exitCode}: see ${folder}`)
      await sleep(100)
    }
  }
  async function kill(): Promise<void> {
    for (const pid of [pidIn(pidFile), server?.pid]) {
      if (pid !== undefined) end(pid)
    }
    await server?.exited
    while (await isUp(port)) await sleep(20)
  }
  async function remove(): Promise<void> {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await start()
  } catch (error) {
    end(server?.pid ?? 0)
    throw error
  }
  return { url: `amqp://guest:guest@127.0.0.1:${port}`, kill, start, remove }
}

function pidIn(file: string): number | undefined {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined
}

function end(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Whether a broker answers to the greeting of the protocol. */
function isUp(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = createConnection({ host: '127.0.0.1', port }, () => socket.write(GREETING))
  socket.setTimeout(ANSWER_WITHIN_MS, () => resolve(false))
  socket.once('data', () => resolve(true))
  socket.once('error', () => resolve(false))
  socket.once('close', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  listener.stop(true)
  return listener.port
}
