const TICKET = 0
const WAITED_FOR = 1
const HEAD_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT

/**
 * Memory of two threads for the answer to one question at a time, by its ticket. Whoever asks may look without waiting for the event
 * loop, which takes milliseconds under load, and is told by a message only where it said that it waits.
 */
export class Slot {
  readonly memory: SharedArrayBuffer
  readonly numbers: Float64Array
  readonly #head: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.numbers = new Float64Array(memory, HEAD_BYTES)
    this.#head = new Int32Array(memory, 0, 2)
  }

  static bytesFor(numbers: number): number {
    return HEAD_BYTES + numbers * Float64Array.BYTES_PER_ELEMENT
  }

  /** Says that the numbers are the answer; true where somebody waits for it. */
  answer(ticket: number): boolean {
    Atomics.store(this.#head, TICKET, ticket)
    return Atomics.load(this.#head, WAITED_FOR) === ticket
  }

  isAnswered(ticket: number): boolean {
    return Atomics.load(this.#head, TICKET) === ticket
  }

  /** Says that somebody waits for the answer; true where it is there, so that nobody will tell. */
  await(ticket: number): boolean {
    Atomics.store(this.#head, WAITED_FOR, ticket)
    return this.isAnswered(ticket)
  }
}
