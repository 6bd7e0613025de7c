import type { Db, Executor } from '../db/database.ts'

/** What one change wrote; it tells up to `NUMBERS_PER_ROW` events. */
export type StoredEvent = {
  sequence: number
  occurredAt: string
  workspaceId: number
  type: string
  subject: string
  teamName: string | null
  actor: string
  data: Readonly<Record<string, unknown>>
  /** Of the call that made the change, where its trace is kept. */
  traceparent: string | null
}

/** The numbers from one row of `event` to the next. */
export const NUMBERS_PER_ROW = 4

/** The columns of a `StoredEvent`. */
export const STORED_EVENT = `sequence, occurred_at AS "occurredAt", workspace_id AS "workspaceId", type, subject,
  team_name AS "teamName", actor, data, traceparent`

/** The number of the row that tells the event of this number. */
export function rowNumberOf(sequence: number): number {
  return sequence - (sequence % NUMBERS_PER_ROW)
}

/** What was written from the row that tells number `from` on, up to `upTo`, by number. */
export async function readStoredEvents(
  executor: Executor,
  { from, upTo, limit }: { from: number; upTo: number; limit: number },
): Promise<StoredEvent[]> {
  return executor.run<StoredEvent>({
    name: 'read-stored-events',
    text: `SELECT ${STORED_EVENT} FROM event WHERE sequence >= $1 AND sequence <= $2 ORDER BY sequence LIMIT $3`,
    values: [rowNumberOf(from), upTo, limit],
  })
}

/** The number of the last event written so far, or 0. */
export async function lastEventNumber(executor: Executor): Promise<number> {
  const [last] = await executor.run<{ sequence: number }>({
    name: 'last-stored-event',
    text: 'SELECT sequence FROM event ORDER BY sequence DESC LIMIT 1',
    values: [],
  })
  return last === undefined ? 0 : last.sequence + NUMBERS_PER_ROW - 1
}

const DAYS_AHEAD = 7
const LOCK_TIMEOUT = '500ms'

/** Makes the partitions of the days to come and drops those that are too old; gives how many were dropped. Safe to repeat. */
export function keepEventPartitions(db: Db, daysKept: number): Promise<number> {
  return db.transaction(async (tx) => {
    // Who writes must not queue behind a drop that waits for a long reader.
    await tx.run({ text: `SELECT set_config('lock_timeout', $1, true)`, values: [LOCK_TIMEOUT] })
    const [row] = await tx.run<{ dropped: number }>({
      text: 'SELECT keep_event_partitions($1, $2) AS dropped',
      values: [DAYS_AHEAD, daysKept],
    })
    return row!.dropped
  })
}
