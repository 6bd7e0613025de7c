import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'

type RunningProcess = { pid: number; name: string; command: string; folder: FileIdentity | undefined }
type FileIdentity = { dev: number; ino: number }
export type ProcessMark = { dir: string; name: string }

/** What PostgreSQL's programs get to see of the environment: none of the service's secrets, no settings of other clusters. */
export const PLAIN_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }

const hasProc = existsSync('/proc/self/stat')

/** Runs a program to its end; when this process exits first, the program is ended too. */
export function runProgram(
  [program = '', ...args]: readonly string[],
  { cwd = '/' }: { cwd?: string } = {},
): Promise<{ code: number | undefined; output: string }> {
  const child = spawn(program, args, { cwd, env: PLAIN_ENV, stdio: ['ignore', 'pipe', 'pipe'] })
  const endWithUs = () => void child.kill('SIGTERM')
  process.on('exit', endWithUs)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  return new Promise((resolve) => {
    const finish = (code: number | undefined, reason: string) => {
      process.off('exit', endWithUs)
      resolve({ code, output: `${output}${reason}`.trim() })
    }
    child.on('error', (error) => finish(undefined, error.message))
    child.on('close', (code, signal) => finish(code ?? undefined, signal === null ? '' : `ended by ${signal}`))
  })
}

export function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-12).join('\n')
}

/** A process that ended but was not yet collected by its parent (a zombie) counts as gone. */
export function isRunning(pid: number): boolean {
  return findProcess(pid) !== undefined
}

/**
 * True only for a living postgres process of this very cluster, recognised by its working directory or, where that cannot be
 * read, by the cluster's name in its command line; pids are reused, so a pid alone proves nothing.
 */
export function isClusterProcess(pid: number, mark: ProcessMark): boolean {
  const found = findProcess(pid)
  return found !== undefined && isOfCluster(found, mark)
}

export function listClusterProcesses(mark: ProcessMark): number[] {
  return listProcesses()
    .filter((found) => found.pid !== process.pid && isOfCluster(found, mark))
    .map(({ pid }) => pid)
}

export function listProcessesWith(program: string, text: string): number[] {
  return listProcesses()
    .filter(({ name, command }) => name === program && command.includes(text))
    .map(({ pid }) => pid)
}

function isOfCluster(found: RunningProcess, mark: ProcessMark): boolean {
  if (found.name !== 'postgres') return false
  if (found.folder === undefined) return found.command.includes(mark.name)
  const cluster = statSync(mark.dir, { throwIfNoEntry: false })
  return cluster !== undefined && cluster.dev === found.folder.dev && cluster.ino === found.folder.ino
}

function listProcesses(): RunningProcess[] {
  if (!hasProc) return askPs('-axww')
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => readProc(Number(pid)) ?? [])
}

function findProcess(pid: number): RunningProcess | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return hasProc ? readProc(pid) : askPs('-ww', '-p', String(pid))[0]
}

function readProc(pid: number): RunningProcess | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  if (stat === undefined) return undefined
  const [, name = '', state = ''] = /\((.*)\) (\w)/s.exec(stat) ?? []
  if (state === 'Z' || state === 'X') return undefined
  const command = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')) ?? ''
  return { pid, name, command, folder: attempt(() => statSync(`/proc/${pid}/cwd`)) }
}

function askPs(...selection: string[]): RunningProcess[] {
  const { stdout } = spawnSync('ps', [...selection, '-o', 'pid=,state=,command='], { encoding: 'utf8' })
  return parsePs(stdout)
}

export function parsePs(output: string): RunningProcess[] {
  return output.split('\n').flatMap((line) => {
    const [, pid, state = '', command = ''] = /^\s*(\d+)\s+(\S+)\s+(.*\S)/.exec(line) ?? []
    if (pid === undefined || state.startsWith('Z')) return []
    const name = /(?:^|\/)(postgres|initdb)(?:[: ]|$)/.exec(command)?.[1] ?? command
    return [{ pid: Number(pid), name, command, folder: undefined }]
  })
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
