import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { SHUTDOWN, signalProcess } from './leftovers.ts'
import { isRunning, lastLines, PLAIN_ENV } from './processes.ts'

export type Postmaster = {
  pid: number | undefined
  ended: Promise<string>
  hasEnded: () => boolean
  readLog: () => string
}
export type Settings = Readonly<Record<string, string>>

const DEFAULT_SETTINGS: Settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '128MB',
  max_connections: '200',
  wal_compression: 'on',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
}

const diesWithUs = new Set<number>()

/** In a session of its own, because Ctrl-C signals the whole group of a terminal and the service must drain first. */
export function spawnPostmaster(cluster: Cluster, port: number, settings: Settings, logFile: string): Postmaster {
  const log = openSync(logFile, 'a', 0o600)
  const logStart = statSync(logFile).size
  const [program = '', ...args] = commandLine(cluster, port, settings)
  const child = spawn(program, args, { cwd: '/', env: PLAIN_ENV, detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  child.unref()

  const { pid } = child
  if (pid !== undefined) endWithUs(pid)
  let hasEnded = false
  const ended = new Promise<string>((resolve) => {
    const finish = (reason: string) => {
      hasEnded = true
      if (pid !== undefined) diesWithUs.delete(pid)
      resolve(reason)
    }
    child.on('error', (error) => finish(error.message))
    child.on('exit', (code, signal) => finish(signal === null ? `exit code ${code}` : `ended by ${signal}`))
  })
  const readLog = () => lastLines(readFileSync(logFile).subarray(logStart).toString('utf8'))
  return { pid, ended, hasEnded: () => hasEnded, readLog }
}

function commandLine(cluster: Cluster, port: number, settings: Settings): string[] {
  const fixed = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    cluster_name: cluster.name,
  }
  const all = Object.entries({ ...DEFAULT_SETTINGS, ...settings, ...fixed })
  const program = [...cluster.account.prefix, cluster.binaries.postgres, '-D', cluster.dir]
  return [...program, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

export async function endPostmaster(postmaster: Postmaster): Promise<void> {
  for (const [signal, patienceMs] of SHUTDOWN) {
    if (postmaster.hasEnded() || postmaster.pid === undefined) return
    signalProcess(postmaster.pid, signal)
    const patience = new AbortController()
    const expired = sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined)
    await Promise.race([postmaster.ended, expired])
    patience.abort()
  }
}

/** A process that leaves without stopping its server still takes it along; an exit handler can only wait in place. */
function endWithUs(pid: number): void {
  process.off('exit', endAllNow).on('exit', endAllNow)
  diesWithUs.add(pid)
}

function endAllNow(): void {
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (const [signal, patienceMs] of SHUTDOWN) {
    const giveUpAt = Date.now() + patienceMs
    for (const pid of diesWithUs) signalProcess(pid, signal)
    while (diesWithUs.size > 0 && Date.now() < giveUpAt) {
      for (const pid of diesWithUs) if (!isRunning(pid)) diesWithUs.delete(pid)
      Atomics.wait(clock, 0, 0, 10)
    }
  }
}
