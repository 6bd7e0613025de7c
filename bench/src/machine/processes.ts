import { readdirSync, readFileSync } from 'node:fs'

export type ProcessSample = {
  pid: number
  parentPid: number
  /** Of its own. */
  cpuMs: number
  /** Of children that ended and were waited for. */
  endedChildrenCpuMs: number
  residentBytes: number
}

const unitsOfLinux = process.platform === 'linux' ? { ticks: getconf('CLK_TCK'), page: getconf('PAGESIZE') } : null

function getconf(name: string): number {
  return Number(Bun.spawnSync(['getconf', name]).stdout.toString())
}

/** All processes: from /proc, or from `ps` where there is none. */
export async function listProcesses(): Promise<ProcessSample[]> {
  if (unitsOfLinux !== null) return readProc(unitsOfLinux)
  const ps = Bun.spawn(['ps', '-A', '-o', 'pid=,ppid=,rss=,time='])
  return parsePs(await ps.stdout.text())
}

function readProc(units: { ticks: number; page: number }): ProcessSample[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      return [parseStat(readFileSync(`/proc/${name}/stat`, 'latin1'), units)]
    } catch {
      return []
    }
  })
}

/** A line of /proc/<pid>/stat; the name in it may hold anything, so the fields are counted from its last bracket. */
export function parseStat(line: string, { ticks, page }: { ticks: number; page: number }): ProcessSample {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const number = (field: number) => Number(fields[field - 3])
  return {
    pid: Number.parseInt(line, 10),
    parentPid: number(4),
    cpuMs: ((number(14) + number(15)) * 1000) / ticks,
    endedChildrenCpuMs: ((number(16) + number(17)) * 1000) / ticks,
    residentBytes: number(24) * page,
  }
}

/** What `ps -o pid=,ppid=,rss=,time=` prints; its times look like `1-02:03:04` or `2:03.45`. */
export function parsePs(text: string): ProcessSample[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parentPid, kib, time = ''] = line.trim().split(/\s+/)
      return {
        pid: Number(pid),
        parentPid: Number(parentPid),
        cpuMs: cpuMsOf(time),
        endedChildrenCpuMs: 0,
        residentBytes: Number(kib) * 1024,
      }
    })
}

function cpuMsOf(time: string): number {
  const [days, clock = time] = time.includes('-') ? time.split('-') : ['0', time]
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return Math.round((Number(days) * 86_400 + seconds) * 1000)
}

/** A process with all that descend from it, but for those under `except`. */
export function treeOf(processes: readonly ProcessSample[], root: number, except?: number): ProcessSample[] {
  const childrenOf = Map.groupBy(processes, ({ parentPid }) => parentPid)
  function below(sample: ProcessSample): ProcessSample[] {
    if (sample.pid === except) return []
    return [sample, ...(childrenOf.get(sample.pid) ?? []).flatMap(below)]
  }
  return processes.filter(({ pid }) => pid === root).flatMap(below)
}
