import { listProcesses, treeOf, type ProcessSample } from './processes.ts'

/** Whose resources are looked at; each with the processes it started. */
export type Watched = {
  servers: readonly number[]
  /** The postmaster, which may stand below a server and is not counted there. */
  postgres?: number
}

export type Usage = {
  /** Per cent of one core. */
  serverCpuPercent: number
  serverPeakMib: number
  postgresCpuPercent: number
  generatorCpuPercent: number
}

type Groups = Record<'server' | 'postgres' | 'generator', ProcessSample[]>

const SAMPLE_EVERY_MS = 250

/** Watches from now until the function it gives is called. */
export async function watchUsage(watched: Watched & { generators: readonly number[] }): Promise<() => Promise<Usage>> {
  const take = async () => groupsOf(await listProcesses(), watched)
  const first = await take()
  const startedMs = performance.now()
  let peakBytes = residentBytesOf(first.server)
  const timer = setInterval(() => {
    void take().then(({ server }) => (peakBytes = Math.max(peakBytes, residentBytesOf(server))))
  }, SAMPLE_EVERY_MS)

  return async () => {
    clearInterval(timer)
    const last = await take()
    const elapsedMs = performance.now() - startedMs
    const percent = (group: keyof Groups) => (100 * (cpuMsOf(last[group]) - cpuMsOf(first[group]))) / elapsedMs
    return {
      serverCpuPercent: percent('server'),
      serverPeakMib: Math.max(peakBytes, residentBytesOf(last.server)) / 2 ** 20,
      postgresCpuPercent: percent('postgres'),
      generatorCpuPercent: percent('generator'),
    }
  }
}

/** The resident memory of the servers now. */
export async function residentMib(watched: Watched): Promise<number> {
  return residentBytesOf(groupsOf(await listProcesses(), { ...watched, generators: [] }).server) / 2 ** 20
}

function groupsOf(
  processes: readonly ProcessSample[],
  { servers, postgres, generators }: Watched & { generators: readonly number[] },
): Groups {
  return {
    server: servers.flatMap((pid) => treeOf(processes, pid, postgres)),
    postgres: postgres === undefined ? [] : treeOf(processes, postgres),
    generator: generators.flatMap((pid) => treeOf(processes, pid)),
  }
}

/** The first of a group is its root, which also knows what its ended children used. */
function cpuMsOf(group: readonly ProcessSample[]): number {
  const own = group.reduce((sum, { cpuMs }) => sum + cpuMs, 0)
  return own + (group[0]?.endedChildrenCpuMs ?? 0)
}

function residentBytesOf(group: readonly ProcessSample[]): number {
  return group.reduce((sum, sample) => sum + sample.residentBytes, 0)
}
