import type { Executor } from '../db/database.ts'

/** Says how far events may be read. */
export type Settled = {
  /** Up to this number, inclusive, every event there will ever be can be seen by who reads from now on. */
  advance: () => Promise<number>
  /** `advance` until all is settled that was used when it was called, but no longer than so. */
  catchUp: (timeoutMs: number) => Promise<number>
}

const CATCH_UP_PAUSE_MS = 5
const LAST_NUMBER = 'SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS sequence FROM event_sequence'
/**
 * A transaction holds a lock on its own number from before it uses it until it has ended and can be seen. Those of other databases have
 * no events of ours; where it cannot be told which one it is, it counts.
 */
const RUNNING = `SELECT l.transactionid::text AS transaction FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
  WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
    AND (a.datid IS NULL OR a.datid = (SELECT oid FROM pg_database WHERE datname = current_database()))`

/**
 * Events get their numbers before they are committed, so a later number may be seen before an earlier one. Every number in use is one of
 * a transaction that has begun to write; so all numbers used until now are settled once every transaction has ended that writes now.
 * Whoever waits for a row of another transaction takes its number after that one has committed: read in the order of numbers, what
 * happened to one thing comes in its order. A transaction that writes for long holds up what comes after it.
 */
export function createSettled(executor: Executor): Settled {
  let settled = 0
  /** A number in use, and those who were writing when it was. */
  let waiting: { sequence: number; writers: ReadonlySet<string> } | null = null

  let running = Promise.resolve(0)
  let next: Promise<number> | null = null

  async function observe(): Promise<number> {
    // The number first: whoever has one up to it writes when the writers are asked for, or has ended.
    const sequence = await lastNumber()
    if (sequence === settled) return settled
    // After a crash PostgreSQL may give out numbers again that nobody had committed.
    if (sequence < settled) forget()
    const rows = await executor.run<{ transaction: string }>({ name: 'event-writers', text: RUNNING, values: [] })
    const writers = new Set(rows.map(({ transaction }) => transaction))
    if (waiting !== null && writers.isDisjointFrom(waiting.writers)) {
      settled = waiting.sequence
      waiting = null
    }
    if (writers.size === 0) {
      settled = sequence
      waiting = null
    } else waiting ??= { sequence, writers }
    return settled
  }
  async function lastNumber(): Promise<number> {
    const [last] = await executor.run<{ sequence: number }>({
      name: 'last-event-number',
      text: LAST_NUMBER,
      values: [],
    })
    return last!.sequence
  }
  function forget(): void {
    settled = 0
    waiting = null
  }

  async function observeOrForget(): Promise<number> {
    try {
      return await observe()
    } catch (error) {
      forget()
      throw error
    }
  }
  /** One after another; those who ask while one is under way share the next, which begins after they have asked. */
  function advance(): Promise<number> {
    next ??= running
      .catch(() => 0)
      .then(() => {
        next = null
        running = observeOrForget()
        return running
      })
    return next
  }

  return {
    advance,
    async catchUp(timeoutMs) {
      const wanted = await lastNumber()
      const deadline = performance.now() + timeoutMs
      let reached = await advance()
      while (reached < wanted && performance.now() < deadline) {
        await Bun.sleep(CATCH_UP_PAUSE_MS)
        reached = await advance()
      }
      return reached
    },
  }
}
