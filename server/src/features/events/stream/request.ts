import { AppError } from '../../../shared/errors.ts'
import type { EventFilter } from '../domain/event.ts'
import type { Events } from '../events.ts'

type Wanted = { team_name?: string | undefined; user_id?: string | undefined; type?: string | undefined }

export function filterOf({ team_name, user_id, type }: Wanted): EventFilter {
  return { teamName: team_name ?? null, userId: user_id ?? null, types: type === undefined ? null : new Set([type]) }
}

/** Where to begin: after the last event somebody had, whatever they asked for when they began. */
export function startOf(lastEventId: string | undefined, after: number | undefined): number | null {
  if (lastEventId === undefined || lastEventId === '') return after ?? null
  if (/^\d{1,15}$/.test(lastEventId)) return Number(lastEventId)
  throw new AppError('invalid', 'INVALID_REQUEST', 'Last-Event-ID: is not the id of an event of this stream.')
}

export function requireRoom({ live, maxStreams }: Pick<Events, 'live' | 'maxStreams'>): void {
  if (live.count() < maxStreams) return
  throw new AppError('overloaded', 'TOO_MANY_STREAMS', `This process serves ${maxStreams} streams already; try again.`)
}
