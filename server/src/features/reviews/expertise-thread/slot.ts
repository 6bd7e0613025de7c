const HEAD_BYTES = Float64Array.BYTES_PER_ELEMENT

/**
 * Memory of two threads for the answer to one question at a time, by its ticket. Whoever asks looks whether it is there, without waiting
 * for the event loop, which takes milliseconds under load.
 */
export class Slot {
  readonly memory: SharedArrayBuffer
  readonly numbers: Float64Array
  readonly #ticket: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.numbers = new Float64Array(memory, HEAD_BYTES)
    this.#ticket = new Int32Array(memory, 0, 1)
  }

  static bytesFor(numbers: number): number {
    return HEAD_BYTES + numbers * Float64Array.BYTES_PER_ELEMENT
  }

  /** Says that the numbers are the answer. */
  answer(ticket: number): void {
    Atomics.store(this.#ticket, 0, ticket)
  }

  isAnswered(ticket: number): boolean {
    return Atomics.load(this.#ticket, 0) === ticket
  }
}
