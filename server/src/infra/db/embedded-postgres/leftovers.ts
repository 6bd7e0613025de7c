import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartupError } from '../../../shared/errors.ts'
import { isClusterProcess, isRunning, listClusterProcesses, type ProcessMark } from './processes.ts'

type Stage = readonly [signal: NodeJS.Signals, patienceMs: number]

/** Fast shutdown first (clients are disconnected, data is flushed), then immediate, then by force. */
export const SHUTDOWN: readonly Stage[] = [
  ['SIGINT', 20_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 10_000],
]
/** For backends that outlived their server: nothing of theirs can be committed any more. */
const EVICTION: readonly Stage[] = [
  ['SIGQUIT', 1_000],
  ['SIGKILL', 10_000],
]

/**
 * Makes way for a new server of this cluster: ends a server whose owner died, backends whose server died, and removes a
 * pid file that names a stranger. Only processes of this cluster are ever signalled. The caller holds the lock.
 */
export async function clearLeftovers(mark: ProcessMark, onMessage: (message: string) => void): Promise<void> {
  const pidFile = join(mark.dir, 'postmaster.pid')
  const firstLine = await readFirstLine(pidFile)
  if (firstLine === undefined) return
  const pid = Number.parseInt(firstLine, 10)
  if (pid < 0 && isClusterProcess(-pid, mark)) {
    throw new StartupError(`${mark.dir} is in use by a single-user PostgreSQL, process ${-pid}. End it first.`)
  }
  if (isClusterProcess(pid, mark)) {
    onMessage(`PostgreSQL (process ${pid}) outlived the process that had started it; stopping it to take over`)
    await endProcess(pid, mark, SHUTDOWN)
  }
  const backends = listClusterProcesses(mark)
  await Promise.all(backends.map((backend) => endProcess(backend, mark, EVICTION)))
  const isOfStranger = Number.isNaN(pid) || isRunning(Math.abs(pid))
  if (isOfStranger) await rm(pidFile, { force: true })
}

async function endProcess(pid: number, mark: ProcessMark, stages: readonly Stage[]): Promise<void> {
  for (const [signal, patienceMs] of stages) {
    const giveUpAt = Date.now() + patienceMs
    if (isClusterProcess(pid, mark)) signalProcess(pid, signal)
    while (Date.now() < giveUpAt) {
      if (!isClusterProcess(pid, mark)) return
      await sleep(20)
    }
  }
}

export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function readFirstLine(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).split('\n')[0] ?? ''
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
