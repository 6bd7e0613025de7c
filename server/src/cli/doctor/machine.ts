import { readFile } from 'node:fs/promises'
import { availableParallelism, freemem, totalmem } from 'node:os'
import { formatBytes, topic, type Finding } from './finding.ts'

export type MachineFacts = {
  nowMs: number
  /** When this version was put here: no clock that is right says anything earlier. */
  installedMs: number
  cores: number
  memoryBytes: number
  freeMemoryBytes: number
  /** Most files and sockets a process may have open; null where the machine does not say. */
  openFiles: number | null
}

export type Wants = { processes: number; cacheMiB: number; requestsInFlight: number; poolSize: number }

const memory = topic('memory')
const files = topic('open files')
const cores = topic('cores')
const time = topic('system clock')

/** What a process needs beside its cached answers. */
const PROCESS_BYTES = 250 * 2 ** 20
const DAY_MS = 86_400_000

/** The memory is what this process may have: of its container, where there is one. */
export async function readMachineFacts(): Promise<MachineFacts> {
  const limit = await firstNumberOf('/sys/fs/cgroup/memory.max')
  const memoryBytes = Math.min(totalmem(), limit ?? Infinity)
  const used = limit === null ? null : await firstNumberOf('/sys/fs/cgroup/memory.current')
  const { mtimeMs } = await Bun.file(new URL('../../../package.json', import.meta.url)).stat()
  return {
    nowMs: Date.now(),
    installedMs: mtimeMs,
    cores: availableParallelism(),
    memoryBytes,
    freeMemoryBytes: used === null ? freemem() : Math.max(0, Math.min(memoryBytes - used, freemem())),
    openFiles: await mostOpenFiles(),
  }
}

async function firstNumberOf(path: string): Promise<number | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /^\d+/.test(text) ? Number.parseInt(text, 10) : null
}

async function mostOpenFiles(): Promise<number | null> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? []
  return soft === undefined ? null : Number(soft)
}

export function judgeMachine(facts: MachineFacts, wants: Wants): Finding[] {
  return [judgeTime(facts), judgeCores(facts, wants), judgeMemory(facts, wants), ...judgeFiles(facts, wants)]
}

function judgeTime({ nowMs, installedMs }: MachineFacts): Finding {
  if (nowMs >= installedMs - DAY_MS) return time.ok(new Date(nowMs).toISOString())
  const says = `says ${new Date(nowMs).toISOString()}, which is before this version was installed.`
  return time.wrong(says, 'Set it by NTP (timedatectl set-ntp true).')
}

function judgeCores({ cores: count }: MachineFacts, { processes }: Wants): Finding {
  if (processes <= count) return cores.ok(`${count}`)
  return cores.warning(
    `${count}, for ${processes} processes.`,
    'One process uses one core: start as many as there are.',
  )
}

function judgeMemory({ memoryBytes, freeMemoryBytes }: MachineFacts, { processes, cacheMiB }: Wants): Finding {
  const wanted = processes * (PROCESS_BYTES + cacheMiB * 2 ** 20)
  const says = `${formatBytes(memoryBytes)}, of which ${formatBytes(freeMemoryBytes)} free; Tandem may use ${formatBytes(wanted)}`
  const next = 'Lower CACHE_MAX_MIB or the number of processes, or give it more memory.'
  if (wanted > memoryBytes) return memory.wrong(`${says}.`, next)
  if (wanted > freeMemoryBytes) return memory.warning(`${says}.`, next)
  return memory.ok(says)
}

function judgeFiles({ openFiles }: MachineFacts, { requestsInFlight, poolSize }: Wants): Finding[] {
  if (openFiles === null) return []
  // Connections that are kept open without a request count as well.
  const wanted = requestsInFlight + poolSize + 100
  const says = `a process may have ${openFiles}; Tandem may need ${wanted} and more for idle connections`
  const next = 'Raise it: ulimit -n 65536, LimitNOFILE= of systemd, or --ulimit nofile of Docker.'
  if (openFiles < wanted) return [files.wrong(`${says}.`, next)]
  if (openFiles < 4 * wanted && openFiles < 4096) return [files.warning(`${says}.`, next)]
  return [files.ok(`a process may have ${openFiles}`)]
}
