import type { Executor } from '../../../infra/db/database.ts'
import type { MemberTraits, RampLevel, WorkingHours } from '../../../shared/roster.ts'
import { noLimits } from '../domain/member.ts'
import { mergeSpans } from '../domain/spans.ts'

type Row = {
  team_name: string
  user_id: string
  level: RampLevel | null
  mentor_id: string | null
  max_open_reviews: number | null
  is_never_assigned: boolean | null
  never_author_ids: string[] | null
  working_hours: WorkingHours | null
  spans: [startsMs: number, endsMs: number][] | null
}

/** By team and user: what bounds how members may be asked. Whoever has nothing of the kind is left out. */
export async function listTraits(
  executor: Executor,
  workspaceId: number,
  teamNames: readonly string[],
): Promise<Map<string, Map<string, MemberTraits>>> {
  const rows = await executor.run<Row>({
    name: 'list-traits',
    text: `SELECT m.team_name, m.user_id, r.level, r.mentor_id, l.max_open_reviews, l.is_never_assigned,
        l.never_author_ids, l.working_hours, a.spans
      FROM member m
      LEFT JOIN LATERAL (
        SELECT * FROM member_limit WHERE workspace_id = $1 AND user_id = m.user_id OFFSET 0
      ) AS l ON true
      LEFT JOIN LATERAL (
        SELECT * FROM member_ramp WHERE workspace_id = $1 AND team_name = m.team_name AND user_id = m.user_id OFFSET 0
      ) AS r ON true
      LEFT JOIN LATERAL (
        SELECT json_agg(json_build_array(
          (extract(epoch FROM starts_at) * 1000)::float8, (extract(epoch FROM ends_at) * 1000)::float8
        )) AS spans
        FROM absence WHERE workspace_id = $1 AND user_id = m.user_id AND ends_at > now()
      ) AS a ON true
      WHERE m.workspace_id = $1 AND m.team_name = ANY ($2::text[])
        AND (l.user_id IS NOT NULL OR r.user_id IS NOT NULL OR a.spans IS NOT NULL)`,
    values: [workspaceId, teamNames],
  })
  const byTeam = Map.groupBy(rows, (row) => row.team_name)
  return new Map(
    [...byTeam].map(([name, theirs]) => [name, new Map(theirs.map((row) => [row.user_id, toTraits(row)]))]),
  )
}

function toTraits(row: Row): MemberTraits {
  return {
    level: row.level ?? 'ramped',
    mentorId: row.mentor_id,
    maxOpenReviews: row.max_open_reviews,
    isNeverAssigned: row.is_never_assigned ?? noLimits.isNeverAssigned,
    neverAuthorIds: row.never_author_ids ?? noLimits.neverAuthorIds,
    workingHours: row.working_hours,
    absences: mergeSpans((row.spans ?? []).map(([startsMs, endsMs]) => ({ startsMs, endsMs }))),
  }
}
