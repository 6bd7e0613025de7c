import type { Page } from '../../infra/db/keyset.ts'
import { rowNumberOf } from '../../infra/events/event-log.ts'
import type { Actor } from '../../shared/actor.ts'
import { eventsOf, isWanted, rowTypeOf, type Event } from './domain/event.ts'
import type { Events } from './events.ts'
import { listStoredEvents } from './queries/event-list.ts'

export type EventListFilter = { teamName: string | null; subject: string | null; type: string | null }

/** For changes that are being made while somebody asks. */
const WAIT_MS = 500

type Ask = EventListFilter & { after: number; limit: number }

/** Events in their order, a page at a time; `nextCursor` is the number to go on after, null at the end of the log as it is now. */
export async function listEvents(
  { db, workspaceId, settled }: Pick<Events, 'db' | 'workspaceId' | 'settled'>,
  _actor: Actor,
  { teamName, subject, type, after, limit }: Ask,
): Promise<Page<Event>> {
  const upTo = await settled.catchUp(WAIT_MS)
  const wanted = { teamName, userId: null, types: type === null ? null : new Set([type]) }
  const rows: Event[] = []
  const filter = { teamName, subject, types: type === null ? null : rowTypeOf(type) }
  for (let from = rowNumberOf(after + 1); rows.length <= limit;) {
    const stored = await listStoredEvents(db, workspaceId, filter, { from, upTo, limit: limit + 1 })
    const told = stored.flatMap(eventsOf)
    rows.push(...told.filter((event) => event.sequence > after && isWanted(event, wanted)))
    if (stored.length <= limit) break
    from = stored.at(-1)!.sequence + 1
  }
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return { rows: rows.slice(0, limit), nextCursor: last === undefined ? null : String(last.sequence) }
}
