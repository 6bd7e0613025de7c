import { watchUsage, type Usage, type Watched } from '../machine/usage.ts'
import { startChild } from './child.ts'
import { sumOf, type Window } from './tally.ts'
import { measuredMs, warmUpMsOf, type ClosedLoop, type FromWorker, type LoadShape, type OpenLoop } from './task.ts'

export type Generated = { windows: Window[]; usage: Usage }

export type GenerateOptions = {
  /** Processes that make the load. */
  generators: number
  watched: Watched
  openFiles?: number
}

const HEAD_START_MS = 150
const CONNECT_TIMEOUT_MS = 60_000

/** Runs the load in processes of their own, so that it never shares a thread with what it measures. */
export async function generate(shape: LoadShape, options: GenerateOptions): Promise<Generated> {
  const { generators, watched, openFiles } = options
  const children = Array.from({ length: generators }, () => startChild<FromWorker>('worker.ts', [], openFiles))
  try {
    const connected = children.map((child, index) => {
      child.send({ task: shareOf(shape, index, generators) })
      return child.next()
    })
    await Promise.race([Promise.all(connected), refuseAfter(CONNECT_TIMEOUT_MS)])
    const startAtMs = performance.timeOrigin + performance.now() + HEAD_START_MS
    for (const child of children) child.send({ startAtMs })
    const [usage, ...results] = await Promise.all([
      usageDuring(shape.loop, { ...watched, generators: children.map(({ pid }) => pid) }),
      ...children.map((child) => child.next()),
    ])
    return { windows: addedUp(results), usage }
  } finally {
    for (const child of children) child.end()
  }
}

async function refuseAfter(timeoutMs: number): Promise<never> {
  await Bun.sleep(timeoutMs)
  throw new Error(`The generator was not connected after ${timeoutMs} ms`)
}

async function usageDuring(
  loop: ClosedLoop | OpenLoop,
  watched: Watched & { generators: readonly number[] },
): Promise<Usage> {
  await Bun.sleep(HEAD_START_MS + warmUpMsOf(loop))
  const stop = await watchUsage(watched)
  await Bun.sleep(measuredMs(loop))
  return await stop()
}

/** The part of one of `count` processes. */
export function shareOf(shape: LoadShape, index: number, count: number): LoadShape {
  const { loop, targets } = shape
  const share = (whole: number) => Math.floor((whole + index) / count)
  return {
    ...shape,
    name: `${shape.name}-${index}`,
    // Each begins with another target, so that few connections still reach all of them.
    targets: targets.map((_, position) => targets[(position + index) % targets.length]!),
    loop:
      loop.kind === 'closed'
        ? { ...loop, readers: share(loop.readers), writers: share(loop.writers), mixed: share(loop.mixed ?? 0) }
        : {
            ...loop,
            connections: share(loop.connections),
            steps: loop.steps.map((step) => ({ ...step, ratePerSecond: step.ratePerSecond / count })),
          },
  }
}

function addedUp(results: readonly FromWorker[]): Window[] {
  const parts = results.map((result) => (result === 'ready' ? [] : result.windows))
  return (parts[0] ?? []).map((_, index) => ({
    reads: sumOf(parts.map((windows) => windows[index]!.reads)),
    writes: sumOf(parts.map((windows) => windows[index]!.writes)),
  }))
}
