import type { Context } from '../../context.ts'
import type { DbAddress } from '../../infra/db/database.ts'
import { createSettled, type Settled } from '../../infra/events/settled.ts'
import { createLiveEvents, type LiveEvents } from './stream/live-events.ts'
import { createLogReader } from './stream/log-reader.ts'
import type { Outside } from './webhooks/tell.ts'

/** What the use cases of this feature share within a process. */
export type Events = Pick<Context, 'db' | 'workspaceId' | 'answers'> & {
  settled: Settled
  live: LiveEvents
  /** Streams this process serves at once. */
  maxStreams: number
  /** How endpoints outside are told of events. */
  outside: Outside
}

export type EventOptions = {
  maxStreams?: number
  outside?: Outside
  /** How the log is read for those who listen. */
  reading?: DbAddress
  onFailure?: (error: unknown) => void
}

const nowhere: Outside = { allowPrivate: false, timeoutMs: 1, signal: AbortSignal.abort() }
const nothing: DbAddress = { url: '', connectTimeoutMs: 1, statementTimeoutMs: 1 }
const POLL_MS = 250
const PAGE_SIZE = 500
/** Of each reader that catches up, and so what memory it may take. */
const CATCH_UP_SIZE = 100

export function createEvents({ db, workspaceId, answers }: Context, options: EventOptions = {}): Events {
  const { maxStreams = 1000, outside = nowhere, reading = nothing, onFailure = () => undefined } = options
  const reader = createLogReader(reading, onFailure)
  const live = createLiveEvents({
    db,
    reader,
    pollMs: POLL_MS,
    pageSize: PAGE_SIZE,
    catchUpSize: CATCH_UP_SIZE,
    onFailure,
  })
  return { db, workspaceId, answers, settled: createSettled(db), live, maxStreams, outside }
}
