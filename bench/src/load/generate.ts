import { join } from 'node:path'
import { Histogram } from './histogram.ts'
import type { ClassResult, WorkerResult, WorkerTask } from './worker.ts'

export type Load = { perSecond: number; p50Ms: number; p99Ms: number; maxMs: number; refused: number; failed: number }

/** Runs the load in a process of its own, so that it never shares a thread with what it measures. */
export async function generate(task: WorkerTask): Promise<{ reads: Load; writes: Load }> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'worker.ts'), JSON.stringify(task)], {
    stderr: 'inherit',
  })
  const result = JSON.parse(await new Response(child.stdout).text()) as WorkerResult
  const seconds = task.durationMs / 1000
  return { reads: loadOf(result.reads, seconds), writes: loadOf(result.writes, seconds) }
}

function loadOf({ counts, maxMs, refused, failed }: ClassResult, seconds: number): Load {
  const latencies = new Histogram(counts, maxMs)
  return {
    perSecond: latencies.total / seconds,
    p50Ms: latencies.percentileMs(0.5),
    p99Ms: latencies.percentileMs(0.99),
    maxMs,
    refused,
    failed,
  }
}
