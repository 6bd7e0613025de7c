import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The format of Chromium's DevTools: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export type CpuProfile = {
  nodes: readonly {
    id: number
    callFrame: { functionName: string; url: string; lineNumber: number }
    children?: readonly number[]
  }[]
  /** Microseconds since 1970. */
  startTime: number
  /** Ids of nodes. */
  samples: readonly number[]
  /** Microseconds from the sample before. */
  timeDeltas: readonly number[]
}

type Frame = CpuProfile['nodes'][number]['callFrame']

/** Part of the time each area had, from 0 to 1, and the functions that took most of it. */
export type TimeShares = { areas: Map<string, number>; functions: Map<string, number> }

/** What the main thread of a process did between two moments (milliseconds since 1970). */
export function sharesOf(profile: CpuProfile, fromMs: number, toMs: number): TimeShares {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]))
  const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const areas = new Map<string, number>()
  const functions = new Map<string, number>()
  let at = profile.startTime
  let total = 0
  profile.samples.forEach((sample, index) => {
    const tookUs = profile.timeDeltas[index]!
    at += tookUs
    if (at < fromMs * 1000 || at > toMs * 1000) return
    total += tookUs
    add(areas, areaOfSample(sample, frames, parents), tookUs)
    add(functions, nameOf(frames.get(sample)!), tookUs)
  })
  return { areas: inShares(areas, total), functions: inShares(functions, total) }
}

function add(sums: Map<string, number>, name: string, value: number): void {
  sums.set(name, (sums.get(name) ?? 0) + value)
}

function inShares(sums: ReadonlyMap<string, number>, total: number): Map<string, number> {
  const sorted = [...sums].toSorted(([, a], [, b]) => b - a)
  return new Map(sorted.map(([name, sum]) => [name, sum / total]))
}

/** Built-in functions count to whoever called them. */
function areaOfSample(
  sample: number,
  frames: ReadonlyMap<number, Frame>,
  parents: ReadonlyMap<number, number>,
): string {
  for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
    const area = areaOf(frames.get(id)!.url)
    if (area !== null) return area
  }
  return 'the runtime: HTTP, event loop, garbage'
}

const AREAS: readonly [RegExp, string][] = [
  [
    /\/node_modules\/pg|\/gathering-socket\.ts|^node:(net|stream|events)|^internal:streams/,
    'PostgreSQL driver and its sockets',
  ],
  [
    /\/node_modules\/(hono|@hono|zod|@asteasolutions)|\/infra\/http\/|\/routes\.ts|\/schemas/,
    'routing, validation, answers to commands',
  ],
  [/\/infra\/cache\/|\/node_modules\/lru-cache|\/answers\.ts/, 'answers kept in memory'],
  [/\/infra\/batch\/|\/infra\/db\/|\/queries\//, 'batches and statements'],
  [/\/features\/[^/]+\/domain\/|\/open-reviews\.ts|\/held-teams\.ts/, 'deciding'],
  [/\/server\/src\/|\/node_modules\//, 'the rest'],
]

function areaOf(url: string): string | null {
  return AREAS.find(([pattern]) => pattern.test(url))?.[1] ?? null
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  return url === '' ? `${name} (built in)` : `${name} ${url.split('/').at(-1)}:${lineNumber + 1}`
}

/** The largest profile in a folder: that of the process that did most. */
export async function readLargestProfile(folder: string): Promise<CpuProfile> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'))
  const sizes = await Promise.all(names.map(async (name) => ({ name, size: (await stat(join(folder, name))).size })))
  const largest = sizes.toSorted((a, b) => b.size - a.size)[0]
  if (largest === undefined) throw new Error(`The server left no CPU profile in ${folder}`)
  return JSON.parse(await readFile(join(folder, largest.name), 'utf8')) as CpuProfile
}
