import { openConnection, type Connection, type Reply, type Target } from './connection.ts'
import type { Outgoing } from './source.ts'

const RECONNECT_MS = 20

type Handlers = {
  /** `reply` is null when the connection broke before there was one. */
  onDone: (slot: Slot, outgoing: Outgoing, sentMs: number, reply: Reply | null) => void
}

/** A connection that comes back when it breaks, with at most one request under way. */
export class Slot {
  /** Whatever the owner counts latency from. */
  sentMs = 0
  readonly #target: Target
  readonly #handlers: Handlers
  #connection: Connection | null = null
  #outgoing: Outgoing | null = null
  #isClosed = false

  constructor(target: Target, handlers: Handlers) {
    this.#target = target
    this.#handlers = handlers
  }

  get underWay(): Outgoing | null {
    return this.#outgoing
  }

  async open(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#connection = await openConnection(this.#target, {
          onReply: (reply) => this.#done(reply),
          onLost: () => void this.#reopen(),
        })
        return
      } catch {
        await Bun.sleep(RECONNECT_MS)
      }
    }
  }

  send(outgoing: Outgoing, sentMs: number): void {
    this.#outgoing = outgoing
    this.sentMs = sentMs
    this.#connection?.send(outgoing.request, outgoing.onReply !== undefined)
  }

  close(): void {
    this.#isClosed = true
    this.#connection?.close()
  }

  async #reopen(): Promise<void> {
    await this.open()
    if (this.#outgoing !== null) this.#done(null)
  }

  #done(reply: Reply | null): void {
    const outgoing = this.#outgoing
    if (outgoing === null || this.#isClosed) return
    this.#outgoing = null
    if (reply !== null) outgoing.onReply?.(reply.status, reply.body)
    this.#handlers.onDone(this, outgoing, this.sentMs, reply)
  }
}

/** `count` slots spread over the targets, all of them connected. */
export async function openSlots(
  targets: readonly Target[],
  count: number,
  onDone: Handlers['onDone'],
): Promise<Slot[]> {
  const slots = Array.from({ length: count }, (_, index) => new Slot(targets[index % targets.length]!, { onDone }))
  // Few at a time, so that the queue of connections not yet accepted never overflows.
  const waiting = slots.values()
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (const slot of waiting) await slot.open()
    }),
  )
  return slots
}
