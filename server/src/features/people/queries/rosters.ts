import type { Executor, Query } from '../../../infra/db/database.ts'
import { createRoster, type Roster, type TeamSettings } from '../../../shared/roster.ts'
import { listTraits } from './traits.ts'

export type LockedTeam = TeamSettings & { teamName: string; version: number }

/** The columns of a `LockedTeam`. */
export const TEAM_COLUMNS = `team_name AS "teamName", roster_version AS version, review_policy AS policy,
  reviewers_wanted AS "reviewersWanted", load_weight AS "loadWeight", owners_mode AS "ownersMode",
  avoids_repeats AS "avoidsRepeats", shadow_budget AS "shadowBudget", trial_policy AS "trialPolicy"`

/** Holds the rosters of these teams as they are until the transaction ends. Lock order: by team name, before pull requests. */
export function lockRosters(workspaceId: number, teamNames: readonly string[]): Query<LockedTeam> {
  return {
    name: 'lock-rosters',
    text: `SELECT ${TEAM_COLUMNS}
      FROM team WHERE workspace_id = $1 AND team_name = ANY ($2::text[]) ORDER BY team_name FOR SHARE`,
    values: [workspaceId, teamNames],
  }
}

/**
 * SQL of `WITH`: holds the teams named by one array and gives as `unchanged_team` those whose roster is of the version in
 * the other. Read it through an array subquery: then all teams are held before anything else is.
 */
export function unchangedTeams(names: string, versions: string): string {
  return `held_team AS MATERIALIZED (
        SELECT team_name, roster_version FROM team
        WHERE workspace_id = $1 AND team_name = ANY (${names}::text[]) ORDER BY team_name FOR SHARE
      ), unchanged_team AS MATERIALIZED (
        SELECT team_name FROM held_team
        JOIN unnest(${names}::text[], ${versions}::bigint[]) AS assumed (team_name, roster_version) USING (team_name, roster_version)
      )`
}

/** Whose turn came last in those of the teams that go round-robin; holds the turn until the transaction ends. */
export function lockRotations(
  workspaceId: number,
  teamNames: readonly string[],
): Query<{ teamName: string; lastUserId: string | null }> {
  return {
    name: 'lock-rotations',
    text: `SELECT r.team_name AS "teamName", r.last_user_id AS "lastUserId"
      FROM team t JOIN team_rotation r USING (workspace_id, team_name)
      WHERE t.workspace_id = $1 AND t.team_name = ANY ($2::text[]) AND t.review_policy = 'round-robin'
      ORDER BY r.team_name FOR NO KEY UPDATE OF r`,
    values: [workspaceId, teamNames],
  }
}

export function updateRotations(workspaceId: number, lastUserIds: ReadonlyMap<string, string>): Query<never> {
  return {
    name: 'update-rotations',
    text: `UPDATE team_rotation r SET last_user_id = n.user_id
      FROM unnest($2::text[], $3::text[]) AS n (team_name, user_id)
      WHERE r.workspace_id = $1 AND r.team_name = ANY ($2::text[]) AND r.team_name = n.team_name`,
    values: [workspaceId, [...lastUserIds.keys()], [...lastUserIds.values()]],
  }
}

export async function listTeamsOfUsers(
  executor: Executor,
  workspaceId: number,
  userIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await executor.run<{ user_id: string; team_name: string }>({
    name: 'list-teams-of-users',
    text: `SELECT m.user_id, m.team_name FROM unnest($2::text[]) AS given (id) CROSS JOIN LATERAL (
        SELECT user_id, team_name FROM member WHERE workspace_id = $1 AND user_id = given.id OFFSET 0
      ) AS m`,
    values: [workspaceId, userIds],
  })
  return new Map(rows.map((row) => [row.user_id, row.team_name]))
}

/** These teams as they are, held by nobody, and whose turn came last where anybody's did. */
export async function listTeamsWithTurns(
  executor: Executor,
  workspaceId: number,
  teamNames: readonly string[],
): Promise<(LockedTeam & { lastUserId: string | null })[]> {
  return executor.run<LockedTeam & { lastUserId: string | null }>({
    name: 'list-teams-with-turns',
    text: `SELECT ${TEAM_COLUMNS},
        (SELECT last_user_id FROM team_rotation r WHERE r.workspace_id = $1 AND r.team_name = team.team_name) AS "lastUserId"
      FROM team WHERE workspace_id = $1 AND team_name = ANY ($2::text[])`,
    values: [workspaceId, teamNames],
  })
}

/** Reads rosters whose teams this transaction has locked. */
export async function listRosters(
  executor: Executor,
  workspaceId: number,
  teams: readonly LockedTeam[],
): Promise<Roster[]> {
  const names = teams.map(({ teamName }) => teamName)
  const [rows, traits] = await Promise.all([
    executor.run<{ team_name: string; user_id: string; is_active: boolean }>({
      name: 'list-rosters',
      text: `SELECT team_name, user_id, is_active FROM member
        WHERE workspace_id = $1 AND team_name = ANY ($2::text[]) ORDER BY team_name, user_id`,
      values: [workspaceId, names],
    }),
    listTraits(executor, workspaceId, names),
  ])
  const byTeam = Map.groupBy(rows, (row) => row.team_name)
  return teams.map((team) => {
    const members = (byTeam.get(team.teamName) ?? []).map((row) => ({ userId: row.user_id, isActive: row.is_active }))
    const theirs = traits.get(team.teamName)
    return createRoster({ ...team, members, ...(theirs === undefined ? {} : { traits: theirs }) })
  })
}

/** The members of a team at a past version of its roster, in roster order. */
export async function listRosterAt(
  executor: Executor,
  workspaceId: number,
  teamName: string,
  version: number,
): Promise<{ userId: string; isActive: boolean }[]> {
  // One row: to read one for each member would cost this process several times as much.
  const [row] = await executor.run<{ userIds: string[]; areActive: boolean[] }>({
    name: 'list-roster-at',
    text: `SELECT coalesce(json_agg(user_id ORDER BY user_id), '[]') AS "userIds",
        coalesce(json_agg(status = 'active' ORDER BY user_id), '[]') AS "areActive"
      FROM (
        SELECT DISTINCT ON (user_id) user_id, status FROM roster_change
        WHERE workspace_id = $1 AND team_name = $2 AND roster_version <= $3
        ORDER BY user_id, roster_version DESC
      ) AS standing WHERE status <> 'gone'`,
    values: [workspaceId, teamName, version],
  })
  return row!.userIds.map((userId, index) => ({ userId, isActive: row!.areActive[index]! }))
}

export async function findStandingAt(
  executor: Executor,
  workspaceId: number,
  teamName: string,
  version: number,
  userId: string,
): Promise<'active' | 'inactive' | 'gone'> {
  const [row] = await executor.run<{ status: 'active' | 'inactive' | 'gone' }>({
    name: 'find-standing-at',
    text: `SELECT status FROM roster_change
      WHERE workspace_id = $1 AND team_name = $2 AND user_id = $4 AND roster_version <= $3
      ORDER BY roster_version DESC LIMIT 1`,
    values: [workspaceId, teamName, version, userId],
  })
  return row?.status ?? 'gone'
}

/** Everybody stays in their team until the transaction ends. Lock order: before teams. */
export function holdMembership(workspaceId: number): Query<never> {
  return {
    name: 'hold-membership',
    text: `SELECT pg_advisory_xact_lock_shared(hashtext('tandem.membership'), $1)`,
    values: [workspaceId],
  }
}

/** One transaction at a time in a workspace may move people between teams. Lock order: before teams. */
export function lockMembership(workspaceId: number): Query<never> {
  return {
    name: 'lock-membership',
    text: `SELECT pg_advisory_xact_lock(hashtext('tandem.membership'), $1)`,
    values: [workspaceId],
  }
}

/** Holds for change the teams these users are in now. */
export function lockTeamsOfUsers(workspaceId: number, userIds: readonly string[]): Query<LockedTeam> {
  return {
    name: 'lock-teams-of-users',
    text: `SELECT ${TEAM_COLUMNS}
      FROM team WHERE workspace_id = $1 AND team_name = ANY (ARRAY(
        SELECT m.team_name FROM unnest($2::text[]) AS given (id) CROSS JOIN LATERAL (
          SELECT team_name FROM member WHERE workspace_id = $1 AND user_id = given.id OFFSET 0
        ) AS m))
      ORDER BY team_name FOR NO KEY UPDATE`,
    values: [workspaceId, userIds],
  }
}

export function lockTeam(workspaceId: number, teamName: string): Query<LockedTeam> {
  return {
    name: 'lock-team',
    text: `SELECT ${TEAM_COLUMNS}
      FROM team WHERE workspace_id = $1 AND team_name = $2 FOR NO KEY UPDATE`,
    values: [workspaceId, teamName],
  }
}

/** For a change of what decisions know of a member; the caller holds the team for change. */
export function raiseVersion(workspaceId: number, teamName: string): Query<never> {
  return {
    name: 'raise-version',
    text: 'UPDATE team SET roster_version = roster_version + 1 WHERE workspace_id = $1 AND team_name = $2',
    values: [workspaceId, teamName],
  }
}
