import type { Executor, Query } from '../../../infra/db/database.ts'
import { usualTeamWishes, type TeamWishes, type Wishes } from '../domain/preferences.ts'

const WISHES = `language, time_zone AS "timeZone", quiet_hours AS "quietHours", digest_minutes AS "digestMinutes", kinds`
const TEAM_WISHES = `language, digest_minutes AS "digestMinutes", kinds, nudge_hours AS "nudgeHours",
  propose_hours AS "proposeHours", member_defaults AS "memberDefaults"`

export async function findWishes(
  executor: Executor,
  workspaceId: number,
  userId: string,
): Promise<(Wishes & { teamName: string; teamDefaults: Wishes | null; workZone: string | null }) | undefined> {
  const [row] = await executor.run<Wishes & { teamName: string; teamDefaults: Wishes | null; workZone: string | null }>(
    {
      name: 'find-wishes',
      text: `SELECT p.language, p.time_zone AS "timeZone", p.quiet_hours AS "quietHours",
          p.digest_minutes AS "digestMinutes", p.kinds, m.team_name AS "teamName", t.member_defaults AS "teamDefaults",
          l.working_hours ->> 'timeZone' AS "workZone"
        FROM member m
        LEFT JOIN notification_preference p USING (workspace_id, user_id)
        LEFT JOIN team_notification_preference t USING (workspace_id, team_name)
        LEFT JOIN member_limit l USING (workspace_id, user_id)
        WHERE m.workspace_id = $1 AND m.user_id = $2`,
      values: [workspaceId, userId],
    },
  )
  return row
}

/** What somebody wished so far, held until the transaction ends. */
export async function lockWishes(executor: Executor, workspaceId: number, userId: string): Promise<Wishes> {
  const values = [workspaceId, userId]
  const [, [wishes]] = await Promise.all([
    executor.run({
      name: 'insert-no-wishes',
      text: `INSERT INTO notification_preference (workspace_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
      values,
    }),
    executor.run<Wishes>({
      name: 'lock-wishes',
      text: `SELECT ${WISHES} FROM notification_preference
        WHERE workspace_id = $1 AND user_id = $2 FOR NO KEY UPDATE`,
      values,
    }),
  ])
  return wishes!
}

export function updateWishes(workspaceId: number, userId: string, wishes: Wishes): Query<never> {
  const { language, timeZone, quietHours, digestMinutes, kinds } = wishes
  return {
    name: 'update-wishes',
    text: `UPDATE notification_preference
      SET language = $3, time_zone = $4, quiet_hours = $5, digest_minutes = $6, kinds = $7
      WHERE workspace_id = $1 AND user_id = $2`,
    values: [workspaceId, userId, language, timeZone, jsonOf(quietHours), digestMinutes, kinds],
  }
}

export async function findTeamWishes(
  executor: Executor,
  workspaceId: number,
  teamName: string,
): Promise<TeamWishes | undefined> {
  const [wishes] = await executor.run<TeamWishes>({
    name: 'find-team-wishes',
    text: `SELECT ${TEAM_WISHES} FROM team_notification_preference WHERE workspace_id = $1 AND team_name = $2`,
    values: [workspaceId, teamName],
  })
  return wishes
}

/** What a team wished so far, held until the transaction ends. */
export async function lockTeamWishes(executor: Executor, workspaceId: number, teamName: string): Promise<TeamWishes> {
  const { language, digestMinutes, kinds, memberDefaults } = usualTeamWishes
  const [, [wishes]] = await Promise.all([
    executor.run({
      name: 'insert-usual-team-wishes',
      text: `INSERT INTO team_notification_preference
          (workspace_id, team_name, language, digest_minutes, kinds, member_defaults)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      values: [workspaceId, teamName, language, digestMinutes, kinds, jsonOf(memberDefaults)],
    }),
    executor.run<TeamWishes>({
      name: 'lock-team-wishes',
      text: `SELECT ${TEAM_WISHES} FROM team_notification_preference
        WHERE workspace_id = $1 AND team_name = $2 FOR NO KEY UPDATE`,
      values: [workspaceId, teamName],
    }),
  ])
  return wishes!
}

export function updateTeamWishes(workspaceId: number, teamName: string, wishes: TeamWishes): Query<never> {
  const { language, digestMinutes, kinds, nudgeHours, proposeHours, memberDefaults } = wishes
  return {
    name: 'update-team-wishes',
    text: `UPDATE team_notification_preference SET language = $3, digest_minutes = $4, kinds = $5, nudge_hours = $6,
        propose_hours = $7, member_defaults = $8
      WHERE workspace_id = $1 AND team_name = $2`,
    values: [workspaceId, teamName, language, digestMinutes, kinds, nudgeHours, proposeHours, jsonOf(memberDefaults)],
  }
}

/** `[]` where there is no such team. */
export function listTeamNamed(workspaceId: number, teamName: string): Query<{ team_name: string }> {
  return {
    name: 'list-team-named',
    text: 'SELECT team_name FROM team WHERE workspace_id = $1 AND team_name = $2',
    values: [workspaceId, teamName],
  }
}

function jsonOf(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}
