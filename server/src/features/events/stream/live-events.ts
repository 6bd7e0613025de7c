import type { Db } from '../../../infra/db/database.ts'
import { lastEventNumber } from '../../../infra/events/event-log.ts'
import { withActive } from '../../../infra/telemetry/tracing.ts'
import { isAboutWanted, type EventFilter } from '../domain/event.ts'
import type { LogReader } from './log-reader.ts'
import type { ToldEvent } from './told-event.ts'

export type Listener = {
  filter: EventFilter
  onEvents: (events: readonly ToldEvent[]) => void
  /** Whether it has taken what it was given; else it is given no more until it has, and then catches up. */
  isFree: () => boolean
}

export type LiveEvents = {
  /** The number of the last event so far. */
  now: () => Promise<number>
  /** Gives the listener every event after that number, in order, until cancelled. */
  listen: (listener: Listener, after: number) => { cancel: () => void }
  count: () => number
  close: () => Promise<void>
}

type Options = {
  db: Db
  reader: LogReader
  pollMs: number
  pageSize: number
  catchUpSize: number
  onFailure: (error: unknown) => void
}
type Reader = Listener & { position: number }

/** Beside the reading for all, as many as the reader has connections for. */
const CATCHING_UP_AT_ONCE = 4

/** Reads the log once for all who listen in this process, and beside that for each who has to catch up; not at all for nobody. */
export function createLiveEvents(options: Options): LiveEvents {
  const { db, reader: log, pollMs, pageSize, catchUpSize, onFailure } = options
  const readers = new Set<Reader>()
  let position = 0
  let running: Promise<void> | null = null
  let isClosed = false

  async function run(): Promise<void> {
    position = Math.max(position, await lastEventNumber(db))
    while (readers.size > 0 && !isClosed) {
      const isMore = await read().catch((error) => {
        onFailure(error)
        return false
      })
      if (!isMore) await Bun.sleep(pollMs)
    }
  }
  async function read(): Promise<boolean> {
    const { upTo, isMore } = await readForAll()
    const behind = [...readers].filter((reader) => reader.position < position && reader.isFree())
    const waiting = [...behind]
    const catching = Array.from({ length: CATCHING_UP_AT_ONCE }, async () => {
      for (let reader = waiting.pop(); reader !== undefined; reader = waiting.pop()) await catchUp(reader, upTo)
    })
    await Promise.all(catching)
    return isMore || behind.some((reader) => readers.has(reader) && reader.position < Math.min(position, upTo))
  }
  async function readForAll(): Promise<{ upTo: number; isMore: boolean }> {
    const { events, upTo, isFull } = await log.read({ after: position, upTo: null, limit: pageSize })
    const last = events.at(-1)
    if (last === undefined) return { upTo, isMore: false }
    for (const reader of readers) {
      if (reader.position >= position && reader.isFree()) give(reader, events, last.sequence)
    }
    position = last.sequence
    return { upTo, isMore: isFull }
  }
  async function catchUp(reader: Reader, upTo: number): Promise<void> {
    const end = Math.min(upTo, position)
    const { events, isFull } = await log.read({ after: reader.position, upTo: end, limit: catchUpSize })
    give(reader, events, isFull ? events.at(-1)!.sequence : end)
  }
  function give(reader: Reader, events: readonly ToldEvent[], upTo: number): void {
    const wanted = events.filter((event) => event.sequence > reader.position && isToldTo(event, reader.filter))
    reader.position = Math.max(reader.position, upTo)
    if (wanted.length > 0 && readers.has(reader)) reader.onEvents(wanted)
  }
  function start(): void {
    if (running !== null || isClosed) return
    // Whoever happened to be the first to listen, it is not done for them.
    running = withActive(null, run)
      .catch(onFailure)
      .finally(() => {
        running = null
        if (readers.size > 0 && !isClosed) setTimeout(start, pollMs)
      })
  }

  return {
    now: () => lastEventNumber(db),
    listen(listener, after) {
      const reader: Reader = { ...listener, position: after }
      readers.add(reader)
      start()
      return { cancel: () => void readers.delete(reader) }
    },
    count: () => readers.size,
    async close() {
      isClosed = true
      await running
      await log.stop()
    },
  }
}

function isToldTo({ about }: ToldEvent, filter: EventFilter): boolean {
  const isForAll = filter.teamName === null && filter.userId === null && filter.types === null
  return isForAll || isAboutWanted(about(), filter)
}
