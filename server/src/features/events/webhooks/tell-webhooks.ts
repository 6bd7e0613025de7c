import { NUMBERS_PER_ROW } from '../../../infra/events/event-log.ts'
import { chunksOf } from '../../../shared/chunks.ts'
import { isWanted, type EventFilter } from '../domain/event.ts'
import { pauseAfter, type RetryPolicy } from '../domain/webhook.ts'
import type { Events } from '../events.ts'
import { insertDeliveries, type NewDelivery } from '../queries/deliveries.ts'
import { claimEndpoints, noteFailure, noteTold, releaseEndpoint, type Endpoint } from '../queries/webhooks.ts'
import { readEvents } from '../read-events.ts'
import type { TracedTelling } from './messages.ts'
import { tell, type Outside } from './tell.ts'

export type TellOptions = Outside & {
  retry: RetryPolicy
  onFailure: (error: unknown) => void
  /** Hears of each try with what belongs to a trace that is kept. */
  onTraced?: (telling: TracedTelling) => void
}

type Deps = Pick<Events, 'db' | 'workspaceId' | 'settled'>

/** Endpoints a process tells at the same time. */
const AT_ONCE = 20
const PAGE_SIZE = 100
/** Longer than an endpoint may take: nobody else tells it meanwhile. */
const LEASE_MARGIN_MS = 20_000
const GONE = 410
/** Events; each note costs more than telling one. What was not noted when the process dies is told again. */
const NOTED_TOGETHER = 50
const NOTED_EVERY_MS = 250

export type Teller = {
  /** Begins with the endpoints that are due and that nobody tells; gives with how many. */
  begin: () => Promise<number>
  /** Resolves when nobody is being told. */
  idle: () => Promise<void>
}

/**
 * Tells endpoints of the events they have not taken yet, in their order, each endpoint by itself: one that is slow holds up no other. Any
 * number of processes may do this at once. What is told twice, after a crash, has the same id.
 */
export function createTeller(deps: Deps, options: TellOptions): Teller {
  const { db, workspaceId, settled } = deps
  const leaseMs = options.timeoutMs + LEASE_MARGIN_MS
  const running = new Set<Promise<void>>()

  async function tellUntilIdle(endpoint: Endpoint, upTo: number): Promise<void> {
    await tellAll(deps, endpoint, upTo, { ...options, leaseMs }).catch(options.onFailure)
  }
  return {
    async begin() {
      const limit = AT_ONCE - running.size
      if (limit <= 0 || options.signal.aborted) return 0
      const upTo = await settled.advance()
      const due = await db.run(claimEndpoints(workspaceId, { upTo, limit, leaseMs }))
      for (const endpoint of due) {
        const telling: Promise<void> = tellUntilIdle(endpoint, upTo).finally(() => running.delete(telling))
        running.add(telling)
      }
      return due.length
    },
    async idle() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}

/** Until it has taken everything up to that number, or does not take one. */
async function tellAll(
  { db, workspaceId }: Deps,
  endpoint: Endpoint,
  upTo: number,
  options: TellOptions & { leaseMs: number },
): Promise<void> {
  const { webhookId } = endpoint
  const { leaseMs } = options
  const filter = filterOf(endpoint)
  let { failures, sequence: after } = endpoint
  let taken: NewDelivery[] = []
  let notedMs = performance.now()
  for (let isMore = true; isMore;) {
    const { events, isFull } = await readEvents(db, { after, upTo, limit: PAGE_SIZE })
    const wanted = events.filter((each) => each.workspaceId === workspaceId && isWanted(each, filter))
    for (const batch of chunksOf(wanted, endpoint.batchSize ?? 1)) {
      const delivery = await tell(endpoint, batch, options, { attempt: failures + 1, isRedelivery: false })
      for (const { traceparent, type } of batch) {
        if (traceparent !== null) options.onTraced?.(tracedTelling(traceparent, { ...delivery, type }))
      }
      // The process stops: that was not the endpoint's doing.
      if (options.signal.aborted && delivery.problem !== null) return release()
      if (delivery.problem !== null) return fail(delivery)
      failures = 0
      taken.push(delivery)
      after = batch.at(-1)!.sequence
      const isDue = eventsIn(taken) >= NOTED_TOGETHER || performance.now() - notedMs > NOTED_EVERY_MS
      if (isDue && !(await note(leaseMs))) return
    }
    isMore = isFull
    after = isFull ? events.at(-1)!.sequence : upTo + NUMBERS_PER_ROW - 1
    if (!(await note(isMore ? leaseMs : 0))) return
  }

  async function release(): Promise<void> {
    if (taken.length > 0) await note(0)
    await db.run(releaseEndpoint(workspaceId, webhookId))
  }
  /** How far it was told, and what it took since that was last noted; false when it is not to be told any more. */
  async function note(leasedMs: number): Promise<boolean> {
    const deliveries = taken
    taken = []
    notedMs = performance.now()
    const [noted] = await Promise.all([
      db.run(noteTold(workspaceId, webhookId, { sequence: after, leaseMs: leasedMs })),
      deliveries.length === 0 ? null : db.run(insertDeliveries(workspaceId, webhookId, deliveries)),
    ])
    return noted.length > 0
  }
  async function fail(delivery: NewDelivery): Promise<void> {
    const { giveUpAfterMs } = options.retry
    const pauseMs = pauseAfter(failures + 1, options.retry, Math.random())
    const isGone = delivery.httpStatus === GONE
    if (taken.length > 0 && !(await note(leaseMs))) return
    await db.run(insertDeliveries(workspaceId, webhookId, [delivery]))
    await db.run(noteFailure(workspaceId, webhookId, { problem: delivery.problem!, pauseMs, giveUpAfterMs, isGone }))
  }
}

function eventsIn(deliveries: readonly NewDelivery[]): number {
  return deliveries.reduce((sum, { eventCount }) => sum + eventCount, 0)
}

function tracedTelling(traceparent: string, { type, httpStatus, problem, durationMs }: NewDelivery): TracedTelling {
  const endedMs = Date.now()
  const done = { startedMs: endedMs - durationMs, endedMs, hasFailed: problem !== null }
  return { traceparent, type, httpStatus, done }
}

function filterOf({ teamName, types }: Endpoint): EventFilter {
  return { teamName, userId: null, types: types.length === 0 ? null : new Set(types) }
}
