import { compile, sqlBuilder } from '../../../infra/db/compile.ts'
import type { Executor, Query } from '../../../infra/db/database.ts'
import type { Absence } from '../domain/member.ts'
import type { Span } from '../domain/spans.ts'

type Tables = {
  absence: {
    workspace_id: number
    absence_id: string
    user_id: string
    starts_at: string
    ends_at: string
    source: Absence['source']
  }
  member: { workspace_id: number; user_id: string; team_name: string }
}

const build = sqlBuilder<Tables>()

const COLUMNS = 'absence_id AS "absenceId", user_id AS "userId", starts_at AS "from", ends_at AS "to", source'

/** Answers with nothing where an absence of this id is known already. */
export function insertAbsence(workspaceId: number, absence: Absence): Query<Absence> {
  return {
    name: 'insert-absence',
    text: `INSERT INTO absence (workspace_id, absence_id, user_id, starts_at, ends_at, source)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    values: [workspaceId, absence.absenceId, absence.userId, absence.from, absence.to, absence.source],
  }
}

export async function findAbsence(
  executor: Executor,
  workspaceId: number,
  absenceId: string,
): Promise<Absence | undefined> {
  const [absence] = await executor.run<Absence>({
    name: 'find-absence',
    text: `SELECT ${COLUMNS} FROM absence WHERE workspace_id = $1 AND absence_id = $2`,
    values: [workspaceId, absenceId],
  })
  return absence
}

/** How many absences by hand somebody has that are not over, counted up to `limit`. */
export async function countAbsences(
  executor: Executor,
  workspaceId: number,
  userId: string,
  limit: number,
): Promise<number> {
  const [row] = await executor.run<{ n: number }>({
    name: 'count-absences',
    text: `SELECT count(*)::int AS n FROM (
        SELECT FROM absence
        WHERE workspace_id = $1 AND user_id = $2 AND ends_at > now() AND source = 'hand' LIMIT $3
      ) AS counted`,
    values: [workspaceId, userId, limit],
  })
  return row!.n
}

export function deleteAbsences(workspaceId: number, absenceIds: readonly string[]): Query<{ absence_id: string }> {
  return {
    name: 'delete-absences',
    text: 'DELETE FROM absence WHERE workspace_id = $1 AND absence_id = ANY ($2::text[]) RETURNING absence_id',
    values: [workspaceId, absenceIds],
  }
}

/** The absences that somebody's calendar tells of. */
export async function listCalendarSpans(
  executor: Executor,
  workspaceId: number,
  userId: string,
): Promise<(Span & { absenceId: string })[]> {
  return executor.run({
    name: 'list-calendar-spans',
    text: `SELECT absence_id AS "absenceId", (extract(epoch FROM starts_at) * 1000)::float8 AS "startsMs",
        (extract(epoch FROM ends_at) * 1000)::float8 AS "endsMs"
      FROM absence WHERE workspace_id = $1 AND user_id = $2 AND source = 'calendar'`,
    values: [workspaceId, userId],
  })
}

export function insertCalendarSpans(workspaceId: number, userId: string, spans: readonly Span[]): Query<never> {
  return {
    name: 'insert-calendar-spans',
    text: `INSERT INTO absence (workspace_id, absence_id, user_id, starts_at, ends_at, source)
      SELECT $1, 'calendar-' || gen_random_uuid(), $2, to_timestamp(starts_ms / 1000), to_timestamp(ends_ms / 1000), 'calendar'
      FROM unnest($3::float8[], $4::float8[]) AS given (starts_ms, ends_ms)`,
    values: [workspaceId, userId, spans.map(({ startsMs }) => startsMs), spans.map(({ endsMs }) => endsMs)],
  }
}

export type AbsenceFilter = { userId: string | null; teamName: string | null; from: string | null }

/** In the order of user, end and id; without `from` those that are not over. */
export async function listAbsences(
  executor: Executor,
  workspaceId: number,
  filter: AbsenceFilter,
  page: { after: readonly [userId: string, to: string, absenceId: string] | null; limit: number },
): Promise<Absence[]> {
  return executor.run(
    compile(
      build
        .selectFrom('absence')
        .select(['absence_id as absenceId', 'user_id as userId', 'starts_at as from', 'ends_at as to', 'source'])
        .where('workspace_id', '=', workspaceId)
        .where('ends_at', '>', (eb) => (filter.from === null ? eb.fn<string>('now') : eb.val(filter.from)))
        .$if(filter.userId !== null, (query) => query.where('user_id', '=', filter.userId!))
        .$if(filter.teamName !== null, (query) =>
          query.where('user_id', 'in', (eb) =>
            eb
              .selectFrom('member')
              .select('member.user_id')
              .where('member.workspace_id', '=', workspaceId)
              .where('member.team_name', '=', filter.teamName!),
          ),
        )
        .$if(page.after !== null, (query) =>
          query.where((eb) => eb(eb.refTuple('user_id', 'ends_at', 'absence_id'), '>', eb.tuple(...page.after!))),
        )
        .orderBy('user_id')
        .orderBy('ends_at')
        .orderBy('absence_id')
        .limit(page.limit),
    ),
  )
}
