import { PATIENCE_MS, type Loop } from './closed-loop.ts'
import type { Target } from './connection.ts'
import { Recorder } from './recorder.ts'
import { openSlots, type Slot } from './slot.ts'
import type { Outgoing, Source } from './source.ts'
import { measuredMs, type OpenLoop } from './task.ts'

/**
 * Connects; then sends at the rate of each step, evenly spaced. Latency counts from the time a request was due, so that one
 * that had to wait for a connection, or for this process, shows the wait.
 */
export async function prepareOpenLoop(
  loop: OpenLoop,
  targets: readonly Target[],
  source: Source,
  windowMs: number,
): Promise<Loop> {
  const totalMs = measuredMs(loop)
  const waiting: { outgoing: Outgoing; dueMs: number }[] = []
  let firstWaiting = 0
  let recorder = new Recorder(0, 0, 1)
  let times = dueTimes([], 0)
  let dueMs = Number.POSITIVE_INFINITY

  const slots = await openSlots(targets, loop.connections, (slot, outgoing, wasDueMs, reply) => {
    const nowMs = performance.now()
    if (reply === null) recorder.unanswered(outgoing.kind, wasDueMs)
    else recorder.reply(outgoing.kind, wasDueMs, reply, nowMs - wasDueMs)
    const next = waiting[firstWaiting]
    if (next === undefined) idle.add(slot)
    else sendWaiting(slot, next)
    sendDue(nowMs)
  })
  // In turn, so that none is silent until the server closes it.
  const idle = new Set(slots)

  function sendWaiting(slot: Slot, { outgoing, dueMs: wasDueMs }: (typeof waiting)[number]): void {
    slot.send(outgoing, wasDueMs)
    firstWaiting++
    if (firstWaiting < waiting.length) return
    waiting.length = 0
    firstWaiting = 0
  }

  function sendDue(nowMs: number): void {
    for (; dueMs <= nowMs; dueMs = times.next().value ?? Number.POSITIVE_INFINITY) {
      const outgoing = Math.random() < loop.readShare ? source.read() : source.write()
      const [slot] = idle
      if (slot !== undefined) {
        idle.delete(slot)
        slot.send(outgoing, dueMs)
      } else if (loop.ifNoneFree === 'queue') waiting.push({ outgoing, dueMs })
      else recorder.unsent(outgoing.kind, dueMs)
    }
  }

  async function untilAnswered(latestMs: number): Promise<void> {
    while (idle.size < slots.length && performance.now() < latestMs) await Bun.sleep(5)
  }

  return {
    async run(startMs) {
      recorder = new Recorder(startMs, totalMs, windowMs)
      times = dueTimes(loop.steps, startMs)
      dueMs = times.next().value ?? Number.POSITIVE_INFINITY
      while (performance.now() < startMs + totalMs) {
        await Bun.sleep(1)
        sendDue(performance.now())
      }
      await untilAnswered(startMs + totalMs + PATIENCE_MS)
      for (const missed of waiting.slice(firstWaiting)) recorder.unsent(missed.outgoing.kind, missed.dueMs)
      for (const slot of slots) {
        if (slot.underWay !== null) recorder.unanswered(slot.underWay.kind, slot.sentMs)
        slot.close()
      }
      return recorder
    },
  }
}

/** When each request of the steps is due. */
export function* dueTimes(steps: OpenLoop['steps'], startMs: number): Generator<number, undefined> {
  let stepMs = startMs
  for (const { ratePerSecond, durationMs } of steps) {
    const count = Math.floor((ratePerSecond * durationMs) / 1000)
    for (let turn = 0; turn < count; turn++) yield stepMs + (turn * 1000) / ratePerSecond
    stepMs += durationMs
  }
  return undefined
}
