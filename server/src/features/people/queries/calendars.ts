import type { Query } from '../../../infra/db/database.ts'

/** A calendar that is due: where it is read, and the zone of its times that name none. */
export type DueCalendar = { userId: string; url: string; timeZone: string | null }

/** A calendar of another URL has not been read yet; one of none has nothing to say. */
export function upsertCalendarUrl(workspaceId: number, userId: string, url: string | null): Query<never> {
  return {
    name: 'upsert-calendar-url',
    text: `INSERT INTO member_limit AS l (workspace_id, user_id, calendar_url) VALUES ($1, $2, $3)
      ON CONFLICT (workspace_id, user_id) DO UPDATE
        SET calendar_url = excluded.calendar_url, calendar_checked_at = NULL, calendar_error = NULL
        WHERE l.calendar_url IS DISTINCT FROM excluded.calendar_url`,
    values: [workspaceId, userId, url],
  }
}

/** Takes calendars that nobody has tried to read for so long; whoever else asks meanwhile gets others. */
export function claimCalendars(workspaceId: number, olderThanMinutes: number, limit: number): Query<DueCalendar> {
  return {
    name: 'claim-calendars',
    text: `UPDATE member_limit SET calendar_checked_at = now()
      WHERE workspace_id = $1 AND user_id = ANY (ARRAY(
        SELECT user_id FROM member_limit
        WHERE workspace_id = $1 AND calendar_url IS NOT NULL
          AND coalesce(calendar_checked_at, '-infinity') < now() - $2 * interval '1 minute'
        ORDER BY coalesce(calendar_checked_at, '-infinity') LIMIT $3 FOR UPDATE SKIP LOCKED
      ))
      RETURNING user_id AS "userId", calendar_url AS url, working_hours ->> 'timeZone' AS "timeZone"`,
    values: [workspaceId, olderThanMinutes, limit],
  }
}

/** Says how reading went; answers with nothing when the calendar is of another URL by now. */
export function updateCalendarOutcome(
  workspaceId: number,
  { userId, url }: Pick<DueCalendar, 'userId' | 'url'>,
  error: string | null,
): Query<{ user_id: string }> {
  return {
    name: 'update-calendar-outcome',
    text: `UPDATE member_limit SET calendar_checked_at = now(), calendar_error = $4
      WHERE workspace_id = $1 AND user_id = $2 AND calendar_url = $3 RETURNING user_id`,
    values: [workspaceId, userId, url, error],
  }
}
