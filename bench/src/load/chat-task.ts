/** What a process of chat clients does: rooms of its own, the same number of clients in each. */
export type ChatTask = { port: number; rooms: readonly string[]; usersOf: readonly (readonly string[])[] }

/** Messages leave at their time, from one client after another, whatever became of those before. */
export type ChatStep = { name: string; startAtMs: number; ratePerSecond: number; warmUpMs: number; durationMs: number }

export type ToChat = { task: ChatTask } | { step: ChatStep }

/** First how many clients are connected; then, for each step, what came of the messages sent after the warm-up. */
export type FromChat = { connected: number } | ChatResult

export type ChatResult = {
  sent: number
  acknowledged: number
  /** Of `sent`, to everybody in the room. */
  delivered: number
  errors: number
  /** From the sending of a message to its delivery, as buckets of a `Histogram`. */
  counts: number[]
  maxMs: number
}
