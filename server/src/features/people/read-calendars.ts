import { runCall } from '../../infra/db/commands.ts'
import { fetchText } from '../../infra/outbound/fetch-text.ts'
import { OutboundProblem } from '../../infra/outbound/guarded-request.ts'
import { busyTimesApart, type BusyTimes } from './calendar/read-apart.ts'
import { lockTeamOf } from './lock-team-of.ts'
import type { People } from './people.ts'
import { claimCalendars, updateCalendarOutcome, type DueCalendar } from './queries/calendars.ts'
import { replaceCalendar } from './replace-calendar.ts'

const MAX_BYTES = 2 ** 20
const TIMEOUT_MS = 10_000
/** Feeds fetched at once. */
const TOGETHER = 8

export type CalendarOptions = {
  refreshMinutes: number
  /** Whether feeds of the own machine and network may be read. */
  allowPrivate: boolean
  /** Ends the reading; what is left stays due for the next time. */
  signal: AbortSignal
}

/**
 * Reads every calendar feed that is due; processes that do so at once share the work. A feed that cannot be read says why in
 * `GET /member/get`, and what is known of it stays. Answers with how many were tried.
 */
export async function readCalendars(
  people: Pick<People, 'db' | 'workspaceId' | 'answers' | 'rosters'>,
  options: CalendarOptions,
): Promise<number> {
  const failures: unknown[] = []
  let tried = 0
  while (!options.signal.aborted) {
    const due = await people.db.run(claimCalendars(people.workspaceId, options.refreshMinutes, TOGETHER))
    if (due.length === 0) break
    tried += due.length
    const feeds = await Promise.all(due.map(async (calendar) => ({ calendar, feed: await feedOf(calendar, options) })))
    // One after the other: each is a thread that computes.
    for (const { calendar, feed } of feeds) {
      if (options.signal.aborted) break
      await keepFeed(people, calendar, feed).catch((error: unknown) => failures.push(error))
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${tried} calendars were not kept`)
  return tried
}

type Feed = { text: string } | { problem: string }

async function feedOf({ url }: DueCalendar, { allowPrivate, signal }: CalendarOptions): Promise<Feed> {
  try {
    return { text: await fetchText(url, { allowPrivate, signal, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }) }
  } catch (error) {
    return { problem: error instanceof OutboundProblem ? error.message : 'it cannot be read' }
  }
}

async function keepFeed(deps: Parameters<typeof readCalendars>[0], calendar: DueCalendar, feed: Feed): Promise<void> {
  const { timeZone } = calendar
  const nowMs = Date.now()
  const read = 'problem' in feed ? feed : await busyTimesApart({ text: feed.text, nowMs, timeZone })
  await keepBusyTimes(deps, calendar, read, nowMs)
}

async function keepBusyTimes(
  deps: Pick<People, 'db' | 'workspaceId' | 'answers' | 'rosters'>,
  calendar: DueCalendar,
  read: BusyTimes,
  nowMs: number,
): Promise<void> {
  const { workspaceId } = deps
  const { userId } = calendar
  const error = 'problem' in read ? read.problem : null
  await runCall(
    deps,
    { actor: { kind: 'job', jobName: 'read-calendars' }, input: calendar, once: null },
    async (tx) => {
      const { teamName } = await lockTeamOf(tx, workspaceId, userId)
      const [current] = await tx.run(updateCalendarOutcome(workspaceId, calendar, error))
      const isChanged =
        current !== undefined &&
        'spans' in read &&
        (await replaceCalendar(tx, { workspaceId, userId, teamName }, read.spans, nowMs))
      return {
        result: undefined,
        changed: [],
        ...(isChanged ? { afterCommit: () => deps.rosters.drop(teamName) } : {}),
      }
    },
  )
}
