import { runCall, type Call } from '../../infra/db/commands.ts'
import type { Calendar } from './domain/member.ts'
import { requireMember } from './get-member.ts'
import { lockTeamOf } from './lock-team-of.ts'
import type { People } from './people.ts'
import { upsertCalendarUrl } from './queries/calendars.ts'
import { replaceCalendar } from './replace-calendar.ts'

/** Names the feed somebody's absences are read from, soon and then again and again; null ends that, and they go. */
export function setCalendar(
  deps: Pick<People, 'db' | 'workspaceId' | 'answers' | 'rosters'>,
  call: Call<{ userId: string; url: string | null }>,
): Promise<Calendar | null> {
  const { workspaceId } = deps
  const { userId, url } = call.input
  return runCall(deps, call, async (tx) => {
    const { teamName } = await lockTeamOf(tx, workspaceId, userId)
    const { calendar: before } = await requireMember(tx, workspaceId, userId)
    await tx.run(upsertCalendarUrl(workspaceId, userId, url))
    const isEnding = url === null && before !== null
    const isChanged = isEnding && (await replaceCalendar(tx, { workspaceId, userId, teamName }, [], Date.now()))
    const { calendar } = await requireMember(tx, workspaceId, userId)
    return {
      result: calendar,
      changed: [],
      ...(isChanged ? { afterCommit: () => deps.rosters.drop(teamName) } : {}),
    }
  })
}
