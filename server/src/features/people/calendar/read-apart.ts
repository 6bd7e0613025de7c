import { Worker } from 'node:worker_threads'
import type { Context } from '../../../context.ts'
import { createBatcher, type Batcher } from '../../../infra/batch/batcher.ts'
import type { Span } from '../domain/spans.ts'
import type { CalendarText } from './busy-times.ts'

export type BusyTimes = { spans: readonly Span[] } | { problem: string }

/** Reads calendars one at a time, each in a thread of its own. */
export type CalendarReader = Batcher<CalendarText, BusyTimes>

const TIMEOUT_MS = 5000

export function calendarReader(batching: Context['batching']): CalendarReader {
  return createBatcher({
    ...batching,
    maxSize: 1,
    maxInFlight: 1,
    run: async ([text]) => [{ ok: true, value: await busyTimesApart(text!) }],
  })
}

/** `busyTimesOf` in a thread that is ended when it takes too long: recurrences can be written that never end. */
export async function busyTimesApart(text: CalendarText, timeoutMs = TIMEOUT_MS): Promise<BusyTimes> {
  const worker = new Worker(new URL('./busy-times-worker.ts', import.meta.url), { workerData: text })
  const answer = Promise.withResolvers<BusyTimes>()
  const timer = setTimeout(() => answer.resolve({ problem: 'it takes too long to read' }), timeoutMs)
  worker.on('message', answer.resolve)
  worker.on('error', answer.reject)
  try {
    return await answer.promise
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}
