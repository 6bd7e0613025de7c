import { versionOf } from './database/history.ts'
import { generate, type GenerateOptions } from './load/generate.ts'
import { referencePopulation } from './load/reference.ts'
import { loadOf, type Load, type Window } from './load/tally.ts'
import { measuredMs, type ClosedLoop, type LoadShape } from './load/task.ts'
import type { Usage } from './machine/usage.ts'
import type { Options } from './options.ts'
import type { Progress } from './report/progress.ts'
import { startServer, type BenchServer, type ServerOptions } from './server.ts'

export type Measured = { reads: Load; writes: Load; usage: Usage; windows: Window[]; durationMs: number }

type LoadRequest = Pick<LoadShape, 'name' | 'loop'> &
  Partial<Pick<LoadShape, 'population' | 'writes' | 'filesPerCreate' | 'windowMs' | 'moveOnMs' | 'targets'>> &
  Partial<Pick<GenerateOptions, 'openFiles' | 'watched'>>

/** What a scenario works with. */
export type Bench = {
  options: Options
  /** Gone with the scenario, if not stopped before. */
  startServer: (options?: Partial<ServerOptions>) => Promise<BenchServer>
  /** Keeps a server that was started otherwise, to be stopped with the scenario, before those kept earlier. */
  keep: (server: BenchServer) => BenchServer
  /** Shows what is being done and for about how long. */
  step: <T>(label: string, seconds: number | null, work: () => Promise<T>) => Promise<T>
  load: (server: BenchServer, request: LoadRequest) => Promise<Measured>
  /** Of the servers started so far. */
  databaseVersion: () => string
}

/** Runs one scenario's work and stops all the servers it started, the youngest first. */
export async function withBench<T>(
  options: Options,
  progress: Progress,
  use: (bench: Bench) => Promise<T>,
): Promise<T> {
  const servers: BenchServer[] = []
  let databaseVersion = 'unknown'
  const keep = (server: BenchServer) => {
    let stopped: Promise<void> | undefined
    const kept = { ...server, stop: () => (stopped ??= server.stop()) }
    servers.unshift(kept)
    return kept
  }
  const stopAll = async () => {
    for (const server of servers) await server.stop()
  }
  const stopAndExit = () => void stopAll().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stopAndExit)
  try {
    return await use({
      options,
      keep,
      startServer: (more = {}) =>
        progress.step('starting a server with its PostgreSQL', null, async () => {
          const server = keep(await startServer({ logLevel: options.logLevel, ...more }))
          databaseVersion = await versionOf(server.databaseUrl)
          return server
        }),
      step: progress.step,
      load: (server, request) => measure(options, server, request),
      databaseVersion: () => databaseVersion,
    })
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stopAndExit)
    await progress.step('stopping', null, stopAll)
  }
}

async function measure(options: Options, server: BenchServer, request: LoadRequest): Promise<Measured> {
  const { openFiles, watched = server.watched, ...rest } = request
  const durationMs = measuredMs(request.loop)
  const shape: LoadShape = {
    targets: [server.target],
    population: referencePopulation,
    writes: 'mix',
    windowMs: durationMs,
    ...rest,
  }
  const { windows, usage } = await generate(shape, {
    generators: options.generators,
    watched,
    ...(openFiles === undefined ? {} : { openFiles }),
  })
  return { ...loadsOf(windows, durationMs), usage, windows, durationMs }
}

/** Reads and writes of these stretches together. */
export function loadsOf(windows: readonly Window[], durationMs: number): { reads: Load; writes: Load } {
  return {
    reads: loadOf(
      windows.map(({ reads }) => reads),
      durationMs,
    ),
    writes: loadOf(
      windows.map(({ writes }) => writes),
      durationMs,
    ),
  }
}

/** Closed loops of so many connections, for so many seconds after a warm-up. */
export function closed(
  connections: Partial<Pick<ClosedLoop, 'readers' | 'writers' | 'mixed'>>,
  seconds: number,
  warmUpSeconds: number,
): ClosedLoop {
  return {
    kind: 'closed',
    readers: 0,
    writers: 0,
    ...connections,
    warmUpMs: warmUpSeconds * 1000,
    durationMs: seconds * 1000,
  }
}
