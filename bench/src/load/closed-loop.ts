import type { Target } from './connection.ts'
import { Recorder } from './recorder.ts'
import { READ_SHARE } from './reference.ts'
import { openSlots, type Slot } from './slot.ts'
import type { Outgoing, Source } from './source.ts'
import type { ClosedLoop } from './task.ts'

/** How long after the end an answer is waited for. */
export const PATIENCE_MS = 5000

export type Loop = {
  /** Runs from `startMs`, warm-up included, to the end and gives what was counted. */
  run: (startMs: number) => Promise<Recorder>
}

/** Connects everybody; each of them waits for its answer before it sends again. */
export async function prepareClosedLoop(
  loop: ClosedLoop,
  targets: readonly Target[],
  source: Source,
  windowMs: number,
): Promise<Loop> {
  const { readers, writers, mixed = 0, warmUpMs, durationMs } = loop
  const next: (() => Outgoing)[] = [
    ...Array.from({ length: readers }, () => source.read),
    ...Array.from({ length: writers }, () => source.write),
    ...Array.from({ length: mixed }, () => () => (Math.random() < READ_SHARE ? source.read() : source.write())),
  ]
  const over = Promise.withResolvers<void>()
  let recorder = new Recorder(0, 0, 1)
  let measureFromMs = 0
  let endMs = 0
  let atWork = next.length

  const slots = await openSlots(targets, next.length, (slot, outgoing, sentMs, reply) => {
    const nowMs = performance.now()
    if (sentMs >= measureFromMs && nowMs < endMs) {
      if (reply === null) recorder.unanswered(outgoing.kind, nowMs)
      else recorder.reply(outgoing.kind, nowMs, reply, nowMs - sentMs)
    }
    if (nowMs < endMs) slot.send(sourceOf.get(slot)!(), nowMs)
    else if (--atWork === 0) over.resolve()
  })
  const sourceOf = new Map<Slot, () => Outgoing>(slots.map((slot, index) => [slot, next[index]!]))

  return {
    async run(startMs) {
      measureFromMs = startMs + warmUpMs
      endMs = measureFromMs + durationMs
      recorder = new Recorder(measureFromMs, durationMs, windowMs)
      await Bun.sleep(Math.max(0, startMs - performance.now()))
      for (const [slot, take] of sourceOf) slot.send(take(), performance.now())
      await Promise.race([over.promise, Bun.sleep(endMs - performance.now() + PATIENCE_MS)])
      for (const slot of slots) {
        if (slot.underWay !== null) recorder.unanswered(slot.underWay.kind, endMs - 1)
        slot.close()
      }
      return recorder
    },
  }
}
