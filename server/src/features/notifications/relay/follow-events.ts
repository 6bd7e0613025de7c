import type { Tx } from '../../../infra/db/database.ts'
import { eventsOf, type Event } from '../../events/index.ts'
import type { Notifications } from '../notifications.ts'
import {
  beginRelay,
  listAuthors,
  listEventRows,
  lockCursor,
  moveCursor,
  skipUnwanted,
  type EventRow,
} from '../queries/relay.ts'
import { deleteWaitsOf, listTeamsWithReminders, upsertWaits } from '../queries/waits.ts'
import { draftsOf, hintsOf, toldTypes, waitsOf } from './drafts.ts'
import { notify } from './notify.ts'

export type Follower = {
  /** Writes notifications of all that has happened since the last time; gives how many. Any number of processes may do so at once. */
  follow: () => Promise<number>
}

/** Rows of the log in a transaction. */
const PAGE_SIZE = 1000

type Deps = Pick<Notifications, 'db' | 'workspaceId' | 'settled' | 'nowMs'>

/**
 * Follows the events in their order, from the first time on. How far it has come is noted in the transaction that writes the
 * notifications, so that each event is told once, whatever dies when.
 */
export function createFollower(deps: Deps): Follower {
  const { db, workspaceId, settled } = deps
  let reached = -1
  return {
    async follow() {
      const upTo = await settled.advance()
      if (upTo === reached) return 0
      if (reached === -1) await db.run(beginRelay(workspaceId, upTo))
      await db.run(skipUnwanted(workspaceId, upTo))
      for (let written = 0; ;) {
        const page = await db.transaction((tx) => followPage(tx, deps, upTo))
        written += page.written
        if (page.isMore) continue
        if (page.isReached) reached = upTo
        return written
      }
    },
  }
}

type Page = { written: number; isMore: boolean; isReached: boolean }

async function followPage(tx: Tx, deps: Deps, upTo: number): Promise<Page> {
  const { workspaceId } = deps
  const [cursor] = await tx.run(lockCursor(workspaceId))
  // Another process is at it, and may die.
  if (cursor === undefined) return { written: 0, isMore: false, isReached: false }
  if (cursor.sequence >= upTo) return { written: 0, isMore: false, isReached: true }
  const after = cursor.sequence
  const rows = await listEventRows(tx, workspaceId, { after, upTo, types: toldTypes, limit: PAGE_SIZE })
  const isMore = rows.length === PAGE_SIZE
  const written = await tell(tx, deps, rows.flatMap(toEvents))
  await tx.run(moveCursor(workspaceId, isMore ? rows.at(-1)!.sequence : upTo))
  return { written, isMore, isReached: !isMore }
}

async function tell(tx: Tx, deps: Deps, events: readonly Event[]): Promise<number> {
  const { workspaceId } = deps
  await keepWaits(tx, workspaceId, events)
  const hints = events.flatMap(hintsOf)
  const unknown = new Set(hints.filter(({ to }) => to === 'author').map(({ pullRequestId }) => pullRequestId))
  const authors = unknown.size === 0 ? new Map<string, string>() : await listAuthors(tx, workspaceId, [...unknown])
  return notify(tx, deps, draftsOf(hints, authors))
}

/** A team that begins to want reminders only now has all of its open reviews wait, those of settled events among them. */
async function keepWaits(tx: Tx, workspaceId: number, events: readonly Event[]): Promise<void> {
  const teams = await listTeamsWithReminders(tx, workspaceId)
  const ofThem = events.filter(({ teamName }) => teamName !== null && teams.has(teamName))
  const waits = ofThem.flatMap(waitsOf)
  if (waits.length > 0) await tx.run(upsertWaits(workspaceId, newest(waits)))
  const merged = ofThem.filter(({ type }) => type === 'pullRequest.merged').map(({ subject }) => subject)
  if (merged.length > 0) await tx.run(deleteWaitsOf(workspaceId, merged))
}

/** One statement writes each row once. */
function newest<Wait extends { pullRequestId: string; reviewerId: string }>(waits: readonly Wait[]): Wait[] {
  return [...new Map(waits.map((wait) => [JSON.stringify([wait.pullRequestId, wait.reviewerId]), wait])).values()]
}

function toEvents({ data, ...row }: EventRow): Event[] {
  return data === null ? [] : eventsOf({ ...row, data })
}
