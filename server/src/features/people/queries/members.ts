import type { Executor, Query } from '../../../infra/db/database.ts'
import type { RampLevel, WorkingHours } from '../../../shared/roster.ts'
import { noLimits, type Limits, type Member, type Ramp } from '../domain/member.ts'

type LimitColumns = {
  max_open_reviews: number | null
  is_never_assigned: boolean | null
  never_author_ids: string[] | null
  working_hours: WorkingHours | null
}

type MemberRow = LimitColumns & {
  user_id: string
  team_name: string
  is_active: boolean
  level: RampLevel | null
  mentor_id: string | null
  calendar_url: string | null
  calendar_checked_at: string | null
  calendar_error: string | null
}

export async function findMember(executor: Executor, workspaceId: number, userId: string): Promise<Member | undefined> {
  const [row] = await executor.run<MemberRow>({
    name: 'find-member',
    text: `SELECT m.user_id, m.team_name, m.is_active, r.level, r.mentor_id, l.max_open_reviews, l.is_never_assigned,
        l.never_author_ids, l.working_hours, l.calendar_url, l.calendar_checked_at, l.calendar_error
      FROM member m
      LEFT JOIN member_limit l USING (workspace_id, user_id)
      LEFT JOIN member_ramp r USING (workspace_id, team_name, user_id)
      WHERE m.workspace_id = $1 AND m.user_id = $2`,
    values: [workspaceId, userId],
  })
  return row === undefined ? undefined : toMember(row)
}

function toMember(row: MemberRow): Member {
  const { calendar_url: url, calendar_checked_at: checkedAt, calendar_error: error } = row
  return {
    userId: row.user_id,
    teamName: row.team_name,
    isActive: row.is_active,
    level: row.level ?? 'ramped',
    mentorId: row.mentor_id,
    limits: toLimits(row),
    calendar: url === null ? null : { url, checkedAt, error },
  }
}

function toLimits(row: LimitColumns): Limits {
  return {
    maxOpenReviews: row.max_open_reviews,
    isNeverAssigned: row.is_never_assigned ?? noLimits.isNeverAssigned,
    neverAuthorIds: row.never_author_ids ?? noLimits.neverAuthorIds,
    workingHours: row.working_hours,
  }
}

export function upsertLimits(workspaceId: number, userId: string, limits: Limits): Query<never> {
  return {
    name: 'upsert-limits',
    text: `INSERT INTO member_limit AS l
        (workspace_id, user_id, max_open_reviews, is_never_assigned, never_author_ids, working_hours)
      VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (workspace_id, user_id) DO UPDATE
        SET max_open_reviews = excluded.max_open_reviews, is_never_assigned = excluded.is_never_assigned,
          never_author_ids = excluded.never_author_ids, working_hours = excluded.working_hours`,
    values: [
      workspaceId,
      userId,
      limits.maxOpenReviews,
      limits.isNeverAssigned,
      limits.neverAuthorIds,
      limits.workingHours === null ? null : JSON.stringify(limits.workingHours),
    ],
  }
}

export function upsertRamp(workspaceId: number, teamName: string, userId: string, ramp: Ramp): Query<never> {
  return {
    name: 'upsert-ramp',
    text: `INSERT INTO member_ramp (workspace_id, team_name, user_id, level, mentor_id) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (workspace_id, team_name, user_id) DO UPDATE SET level = excluded.level, mentor_id = excluded.mentor_id`,
    values: [workspaceId, teamName, userId, ramp.level, ramp.mentorId],
  }
}

/** No row means ramped. */
export function deleteRamp(workspaceId: number, teamName: string, userId: string): Query<never> {
  return {
    name: 'delete-ramp',
    text: 'DELETE FROM member_ramp WHERE workspace_id = $1 AND team_name = $2 AND user_id = $3',
    values: [workspaceId, teamName, userId],
  }
}
