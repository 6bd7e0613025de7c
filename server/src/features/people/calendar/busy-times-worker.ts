import { parentPort, workerData } from 'node:worker_threads'
import { busyTimesOf, CalendarProblem, type CalendarText } from './busy-times.ts'
import type { BusyTimes } from './read-apart.ts'

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
parentPort!.postMessage(answerTo(workerData as CalendarText))

function answerTo(text: CalendarText): BusyTimes {
  try {
    return { spans: busyTimesOf(text) }
  } catch (error) {
    return { problem: error instanceof CalendarProblem ? error.message : 'it cannot be understood' }
  }
}
