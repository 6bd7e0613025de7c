import type { Executor, Query } from '../../../infra/db/database.ts'
import type { WorkingHours } from '../../../shared/roster.ts'

/** A review that somebody may be reminded of. */
export type NewWait = { pullRequestId: string; reviewerId: string; decision: number; teamName: string; sinceAt: string }

/** SQL of a condition on a team's preferences. */
export const WANTS_REMINDERS = '(nudge_hours IS NOT NULL OR propose_hours IS NOT NULL)'

/** Teams that want reminders; reviews wait only there. */
export async function listTeamsWithReminders(executor: Executor, workspaceId: number): Promise<Set<string>> {
  const rows = await executor.run<{ team_name: string }>({
    name: 'list-teams-with-reminders',
    text: `SELECT team_name FROM team_notification_preference
      WHERE workspace_id = $1 AND ${WANTS_REMINDERS}`,
    values: [workspaceId],
  })
  return new Set(rows.map((row) => row.team_name))
}

/**
 * Notes that these reviews wait, where the team wants reminders; another assignment of the same person begins anew. Lock order: by pull
 * request and reviewer, after the relay's cursor, before channels.
 */
export function upsertWaits(workspaceId: number, waits: readonly NewWait[]): Query<never> {
  return {
    name: 'upsert-waits',
    text: `INSERT INTO review_wait AS w
        (workspace_id, pull_request_id, reviewer_id, decision, team_name, since_at, next_at)
      SELECT $1, given.pr, given.reviewer, given.decision, given.team, given.since,
        given.since + coalesce(t.nudge_hours, t.propose_hours) * interval '1 hour'
      FROM unnest($2::text[], $3::text[], $4::int[], $5::text[], $6::timestamptz[])
        AS given (pr, reviewer, decision, team, since)
      CROSS JOIN LATERAL (
        SELECT nudge_hours, propose_hours FROM team_notification_preference
        WHERE workspace_id = $1 AND team_name = given.team
          AND ${WANTS_REMINDERS} OFFSET 0
      ) AS t
      ORDER BY given.pr COLLATE "C", given.reviewer COLLATE "C"
      ON CONFLICT (workspace_id, pull_request_id, reviewer_id) DO UPDATE
        SET decision = excluded.decision, team_name = excluded.team_name, since_at = excluded.since_at, nudged_at = NULL,
          next_at = excluded.next_at
        WHERE w.decision < excluded.decision`,
    values: [
      workspaceId,
      waits.map((wait) => wait.pullRequestId),
      waits.map((wait) => wait.reviewerId),
      waits.map((wait) => wait.decision),
      waits.map((wait) => wait.teamName),
      waits.map((wait) => wait.sinceAt),
    ],
  }
}

/** Nobody waits any more for reviews of these pull requests. */
export function deleteWaitsOf(workspaceId: number, pullRequestIds: readonly string[]): Query<never> {
  return {
    name: 'delete-waits-of',
    text: `DELETE FROM review_wait WHERE ctid = ANY (ARRAY(
        SELECT held.ctid FROM (
          SELECT id FROM unnest($2::text[]) AS given (id) ORDER BY id COLLATE "C"
        ) AS key CROSS JOIN LATERAL (
          SELECT ctid FROM review_wait WHERE workspace_id = $1 AND pull_request_id = key.id
          ORDER BY reviewer_id FOR UPDATE
        ) AS held))`,
    values: [workspaceId, pullRequestIds],
  }
}

/** Reviews of the team that are open now wait from now on. */
export function insertWaitsOfTeam(workspaceId: number, teamName: string): Query<never> {
  return {
    name: 'insert-waits-of-team',
    text: `INSERT INTO review_wait (workspace_id, pull_request_id, reviewer_id, decision, team_name, since_at, next_at)
      SELECT $1, p.pull_request_id, reviewer.id, d.number, $2, now(), now()
      FROM pull_request p CROSS JOIN LATERAL unnest(p.reviewer_ids) AS reviewer (id)
      CROSS JOIN LATERAL (
        SELECT number FROM decision
        WHERE workspace_id = $1 AND pull_request_id = p.pull_request_id AND reviewer.id = ANY (assigned_ids)
        ORDER BY number DESC LIMIT 1
      ) AS d
      WHERE p.workspace_id = $1 AND p.team_name = $2 AND p.status = 'OPEN'
      ORDER BY p.pull_request_id, reviewer.id
      ON CONFLICT DO NOTHING`,
    values: [workspaceId, teamName],
  }
}

/** The hours of the team are others now: all that has something left to do is looked at again. */
export function renewWaitsOfTeam(workspaceId: number, teamName: string): Query<never> {
  return {
    name: 'renew-waits-of-team',
    text: `UPDATE review_wait SET next_at = now() WHERE workspace_id = $1 AND team_name = $2 AND next_at > now()`,
    values: [workspaceId, teamName],
  }
}

export function deleteWaitsOfTeam(workspaceId: number, teamName: string): Query<never> {
  return {
    name: 'delete-waits-of-team',
    text: 'DELETE FROM review_wait WHERE workspace_id = $1 AND team_name = $2',
    values: [workspaceId, teamName],
  }
}

/** A review that may be due, with all that says whether it is. */
export type DueWait = {
  pullRequestId: string
  reviewerId: string
  decision: number
  sinceMs: number
  nudgedMs: number | null
  nudgeHours: number | null
  proposeHours: number | null
  authorId: string
  /** Whether the review is open and the reviewer's, and not answered. */
  isWaiting: boolean
  isActive: boolean
  workingHours: WorkingHours | null
  timeZone: string | null
  /** Absences that ended after the assignment. */
  absences: [startsMs: number, endsMs: number][]
}

/** Holds some of those that are due at a moment; what others hold is left to them. */
export async function lockDueWaits(
  executor: Executor,
  workspaceId: number,
  { now, limit }: { now: string; limit: number },
): Promise<DueWait[]> {
  return executor.run<DueWait>({
    name: 'lock-due-waits',
    text: `WITH due AS MATERIALIZED (
        SELECT * FROM review_wait WHERE workspace_id = $1 AND next_at <= $2
        ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED
      )
      SELECT w.pull_request_id AS "pullRequestId", w.reviewer_id AS "reviewerId", w.decision,
        (extract(epoch FROM w.since_at) * 1000)::float8 AS "sinceMs",
        (extract(epoch FROM w.nudged_at) * 1000)::float8 AS "nudgedMs",
        t.nudge_hours AS "nudgeHours", t.propose_hours AS "proposeHours", p.author_id AS "authorId",
        p.status = 'OPEN' AND NOT p.is_draft AND w.reviewer_id = ANY (p.reviewer_ids) AND w.decision = d.number
          AND (a.acknowledged_at IS NULL OR a.acknowledged_at < d.decided_at) AS "isWaiting",
        m.is_active AS "isActive", l.working_hours AS "workingHours", n.time_zone AS "timeZone",
        coalesce(away.spans, '[]') AS absences
      FROM due w
      CROSS JOIN LATERAL (
        SELECT * FROM pull_request WHERE workspace_id = $1 AND pull_request_id = w.pull_request_id OFFSET 0
      ) AS p
      CROSS JOIN LATERAL (
        SELECT number, decided_at FROM decision
        WHERE workspace_id = $1 AND pull_request_id = w.pull_request_id AND w.reviewer_id = ANY (assigned_ids)
        ORDER BY number DESC LIMIT 1
      ) AS d
      CROSS JOIN LATERAL (
        SELECT is_active FROM member WHERE workspace_id = $1 AND user_id = w.reviewer_id OFFSET 0
      ) AS m
      LEFT JOIN LATERAL (
        SELECT acknowledged_at FROM review_acknowledgement
        WHERE workspace_id = $1 AND pull_request_id = w.pull_request_id AND user_id = w.reviewer_id OFFSET 0
      ) AS a ON true
      LEFT JOIN LATERAL (
        SELECT working_hours FROM member_limit WHERE workspace_id = $1 AND user_id = w.reviewer_id OFFSET 0
      ) AS l ON true
      LEFT JOIN LATERAL (
        SELECT time_zone FROM notification_preference WHERE workspace_id = $1 AND user_id = w.reviewer_id OFFSET 0
      ) AS n ON true
      LEFT JOIN LATERAL (
        SELECT nudge_hours, propose_hours FROM team_notification_preference
        WHERE workspace_id = $1 AND team_name = w.team_name OFFSET 0
      ) AS t ON true
      LEFT JOIN LATERAL (
        SELECT json_agg(json_build_array(
          (extract(epoch FROM starts_at) * 1000)::float8, (extract(epoch FROM ends_at) * 1000)::float8
        )) AS spans
        FROM absence WHERE workspace_id = $1 AND user_id = w.reviewer_id AND ends_at > w.since_at
      ) AS away ON true`,
    values: [workspaceId, now, limit],
  })
}

/** What becomes of a review that was due; without `nextAt` there is nothing left to do. */
export type WaitChange = { pullRequestId: string; reviewerId: string; nudgedAt: string | null; nextAt: string | null }

export function updateWaits(workspaceId: number, changes: readonly WaitChange[]): Query<never> {
  return {
    name: 'update-waits',
    text: `UPDATE review_wait w SET nudged_at = coalesce(given.nudged, w.nudged_at), next_at = given.next
      FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) AS given (pr, reviewer, nudged, next)
      WHERE w.ctid = ANY (ARRAY(
          SELECT held.ctid FROM unnest($2::text[], $3::text[]) AS key (pr, reviewer) CROSS JOIN LATERAL (
            SELECT ctid FROM review_wait
            WHERE workspace_id = $1 AND pull_request_id = key.pr AND reviewer_id = key.reviewer OFFSET 0
          ) AS held))
        AND w.pull_request_id = given.pr AND w.reviewer_id = given.reviewer`,
    values: [
      workspaceId,
      changes.map((change) => change.pullRequestId),
      changes.map((change) => change.reviewerId),
      changes.map((change) => change.nudgedAt),
      changes.map((change) => change.nextAt),
    ],
  }
}
