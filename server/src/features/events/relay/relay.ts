import { openSession, type Session } from '../../../infra/db/session.ts'
import { createSettled } from '../../../infra/events/settled.ts'
import type { Event } from '../domain/event.ts'
import { findPosition, tryToLead, updatePosition } from '../queries/relays.ts'
import { readEvents } from '../read-events.ts'

export type Sink = { publish: (events: readonly Event[]) => Promise<void>; close: () => Promise<void> }

export type RelayOptions = {
  databaseUrl: string
  workspaceId: number
  /** One relay of a name is at work at a time, however many there are. */
  name: string
  openSink: () => Promise<Sink>
  /** How often it looks for events when there were none. */
  pollMs: number
  /** How often a relay that is not at work tries to be. */
  standbyMs: number
  /** Changes published before it notes how far it has come. */
  pageSize: number
  onFailure: (error: Error) => void
}

export type Relay = { stop: () => Promise<void> }

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000

/**
 * Hands events on in their order, each at least once: how far it has come is noted after the sink has them. Where the process dies in
 * between, some are handed on again, so that the first time each is seen is in order all the same.
 */
export function startRelay(options: RelayOptions): Relay {
  const stopping = new AbortController()
  const ended = run(options, stopping.signal)
  return {
    async stop() {
      stopping.abort()
      await ended
    },
  }
}

async function run(options: RelayOptions, stopping: AbortSignal): Promise<void> {
  let failures = 0
  while (!stopping.aborted) {
    try {
      await work(options, stopping, () => (failures = 0))
    } catch (error) {
      if (stopping.aborted) return
      options.onFailure(error as Error)
      await pause(pauseMs(failures++), stopping)
    }
  }
}

async function work(options: RelayOptions, stopping: AbortSignal, onProgress: () => void): Promise<void> {
  const { databaseUrl, workspaceId, name, openSink, standbyMs } = options
  const session = await openSession(databaseUrl, `tandem-relay-${name}`)
  try {
    while (!(await tryToLead(session, workspaceId, name))) {
      await pause(standbyMs, stopping)
      if (stopping.aborted) return
    }
    const sink = await openSink()
    try {
      await lead(options, session, sink, stopping, onProgress)
    } finally {
      await sink.close()
    }
  } finally {
    await session.close()
  }
}

async function lead(
  { workspaceId, name, pollMs, pageSize }: RelayOptions,
  session: Session,
  sink: Sink,
  stopping: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const settled = createSettled(session)
  let after = await findPosition(session, workspaceId, name)
  while (!stopping.aborted) {
    const upTo = await settled.advance()
    const { events, isFull } = await readEvents(session, { after, upTo, limit: pageSize })
    const last = events.at(-1)
    if (last !== undefined) {
      await sink.publish(events)
      await session.run(updatePosition(workspaceId, name, last.sequence))
      after = last.sequence
      onProgress()
    }
    if (!isFull) await pause(pollMs, stopping)
  }
}

/** Waits, but no longer than until `stopping`. */
function pause(ms: number, stopping: AbortSignal): Promise<void> {
  if (stopping.aborted) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(end, ms)
  function end(): void {
    clearTimeout(timer)
    stopping.removeEventListener('abort', end)
    resolve()
  }
  stopping.addEventListener('abort', end)
  return promise
}

function pauseMs(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2)
}
