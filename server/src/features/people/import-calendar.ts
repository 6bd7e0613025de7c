import { runCall, type Call } from '../../infra/db/commands.ts'
import { AppError } from '../../shared/errors.ts'
import { requireMember } from './get-member.ts'
import { lockTeamOf } from './lock-team-of.ts'
import type { People } from './people.ts'
import { replaceCalendar } from './replace-calendar.ts'

/** Takes somebody's absences from an iCalendar text, instead of those that came from one before. */
export async function importCalendar(
  deps: Pick<People, 'db' | 'workspaceId' | 'answers' | 'rosters' | 'calendars'>,
  call: Call<{ userId: string; content: string }>,
): Promise<{ userId: string; absences: number }> {
  const { db, workspaceId } = deps
  const { userId, content } = call.input
  const nowMs = Date.now()
  const { limits } = await requireMember(db, workspaceId, userId)
  const timeZone = limits.workingHours?.timeZone ?? null
  const read = await deps.calendars.submit({ text: content, nowMs, timeZone })
  if ('problem' in read) throw new AppError('invalid', 'INVALID_REQUEST', `content: ${read.problem}.`)
  return runCall(deps, call, async (tx) => {
    const { teamName } = await lockTeamOf(tx, workspaceId, userId)
    const { calendar } = await requireMember(tx, workspaceId, userId)
    if (calendar !== null) throw hasFeed(userId)
    const isChanged = await replaceCalendar(tx, { workspaceId, userId, teamName }, read.spans, nowMs)
    return {
      result: { userId, absences: read.spans.length },
      changed: [],
      ...(isChanged ? { afterCommit: () => deps.rosters.drop(teamName) } : {}),
    }
  })
}

function hasFeed(userId: string): AppError {
  const message = `The absences of ${JSON.stringify(userId)} are read from a calendar feed; take its URL away first.`
  return new AppError('conflict', 'CALENDAR_HAS_FEED', message)
}
