import type { Reply } from './connection.ts'
import { countReply, emptyTally, type Kind } from './tally.ts'

type OpenWindow = Record<Kind, ReturnType<typeof emptyTally>>

/** Counts what came back, by stretches of `windowMs` from `startMs` on; what lies outside of them is left out. */
export class Recorder {
  readonly windows: OpenWindow[]
  readonly #startMs: number
  readonly #windowMs: number

  constructor(startMs: number, durationMs: number, windowMs: number) {
    this.#startMs = startMs
    this.#windowMs = windowMs
    const count = Math.max(1, Math.ceil(durationMs / windowMs))
    this.windows = Array.from({ length: count }, () => ({ reads: emptyTally(), writes: emptyTally() }))
  }

  reply(kind: Kind, atMs: number, reply: Reply, latencyMs: number): void {
    const window = this.#at(atMs)
    if (window !== undefined) countReply(window[kind], reply, latencyMs)
  }

  unanswered(kind: Kind, atMs: number): void {
    const window = this.#at(atMs)
    if (window === undefined) return
    window[kind].failed++
    window[kind].unanswered++
  }

  unsent(kind: Kind, atMs: number): void {
    const window = this.#at(atMs)
    if (window !== undefined) window[kind].unsent++
  }

  #at(atMs: number): OpenWindow | undefined {
    return this.windows[Math.floor((atMs - this.#startMs) / this.#windowMs)]
  }
}
