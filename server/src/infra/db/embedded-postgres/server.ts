import { existsSync, renameSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartupError } from '../../../shared/errors.ts'
import type { Cluster } from './cluster.ts'
import { askServer, createDatabase, urlOf } from './connection.ts'
import { clearLeftovers } from './leftovers.ts'
import { chooseFreePort } from './ports.ts'
import { endPostmaster, type Postmaster, type Settings, spawnPostmaster } from './postmaster.ts'

export type Launch = { cluster: Cluster; logFile: string; settings: Settings; onMessage: (message: string) => void }
export type Server = { port: number; stop: () => Promise<void> }

const LOG_LIMIT_BYTES = 10 * 1024 * 1024
/** Another program was faster to take the port, or remains of a killed server have not left yet. */
const PASSING_TROUBLE =
  /could not create any TCP\/IP sockets|pre-existing shared memory block|lock file .* already exists/
const START_ATTEMPTS = 8
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5_000
const STABLE_AFTER_MS = 60_000

/** Starts the server on the preferred port or another free one, and keeps it running on that port until `stop`. */
export async function startServer(launch: Launch, preferredPort: number | undefined): Promise<Server> {
  rotateLog(launch.logFile)
  await clearLeftovers(launch.cluster, launch.onMessage)
  for (let attempt = 1; ; attempt += 1) {
    const port = await chooseFreePort(attempt === 1 ? preferredPort : undefined)
    try {
      return supervise(launch, port, await startOnce(launch, port))
    } catch (error) {
      if (!PASSING_TROUBLE.test((error as Error).message) || attempt === START_ATTEMPTS) throw error
      await sleep(attempt * 200)
    }
  }
}

async function startOnce(launch: Launch, port: number, onSpawn?: (spawned: Postmaster) => void): Promise<Postmaster> {
  const postmaster = spawnPostmaster(launch.cluster, port, launch.settings, launch.logFile)
  onSpawn?.(postmaster)
  try {
    await waitUntilReady(launch, postmaster, port)
    return postmaster
  } catch (error) {
    await endPostmaster(postmaster)
    throw error
  }
}

/** Restarts on the same port, so that the pools of every attached process find it again, and never gives up. */
function supervise(launch: Launch, port: number, first: Postmaster): Server {
  const stopping = Promise.withResolvers<void>()
  let isStopping = false
  let current = first
  let pauseMs = FIRST_PAUSE_MS

  async function pause(): Promise<void> {
    await Promise.race([sleep(pauseMs), stopping.promise])
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }

  async function tryRestart(): Promise<boolean> {
    try {
      await clearLeftovers(launch.cluster, launch.onMessage)
      if (!isStopping) await startOnce(launch, port, (spawned) => (current = spawned))
      return true
    } catch (error) {
      const reason = (error as Error).message
      if (!isStopping) launch.onMessage(`PostgreSQL could not be restarted and will be tried again: ${reason}`)
      return false
    }
  }

  async function watch(): Promise<void> {
    while (!isStopping) {
      const startedAt = Date.now()
      const reason = await current.ended
      if (isStopping) return
      launch.onMessage(`PostgreSQL ended unexpectedly (${reason}); starting it again on port ${port}`)
      if (Date.now() - startedAt > STABLE_AFTER_MS) pauseMs = FIRST_PAUSE_MS
      do await pause()
      while (!isStopping && !(await tryRestart()))
      if (!isStopping) launch.onMessage(`PostgreSQL is running again on port ${port}`)
    }
  }

  const watching = watch()
  async function stop(): Promise<void> {
    isStopping = true
    stopping.resolve()
    await endPostmaster(current)
    await watching
    await clearLeftovers(launch.cluster, launch.onMessage)
  }
  return { port, stop }
}

async function waitUntilReady({ cluster, onMessage }: Launch, postmaster: Postmaster, port: number): Promise<void> {
  const url = urlOf(port, cluster.password)
  const startedAt = Date.now()
  let nextMessageAt = startedAt + 10_000
  while (!postmaster.hasEnded()) {
    const answer = await Promise.race([askServer(url), postmaster.ended.then(() => 'silent' as const)])
    if (answer === 'ready') return
    if (answer === 'no_database') await createDatabase(port, cluster.password)
    if (answer === 'wrong_password') {
      throw new StartupError(`PostgreSQL refuses the password kept in ${cluster.dir}. Restore it.`)
    }
    if (Date.now() > nextMessageAt) {
      onMessage(`PostgreSQL is still starting after ${Math.round((Date.now() - startedAt) / 1000)} s (${answer})`)
      nextMessageAt += 10_000
    }
    await Promise.race([sleep(15), postmaster.ended])
  }
  throw new StartupError(
    `PostgreSQL did not start (${await postmaster.ended}). The end of its log:\n${postmaster.readLog()}`,
  )
}

function rotateLog(file: string): void {
  if (existsSync(file) && statSync(file).size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`)
}
