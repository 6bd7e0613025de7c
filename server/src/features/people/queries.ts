import { compile, sqlBuilder } from '../../infra/db/compile.ts'
import type { Executor, Query } from '../../infra/db/database.ts'
import type { ReviewPolicy, Roster } from './domain/roster.ts'
import { activeIdsOf } from './domain/roster.ts'
import type { Team, TeamMember, TeamSummary, User } from './domain/team.ts'

type Tables = {
  team: {
    workspace_id: number
    team_name: string
    review_policy: ReviewPolicy
    reviewers_wanted: number
    roster_version: number
    created_at: string
  }
  member: { workspace_id: number; user_id: string; username: string; team_name: string; is_active: boolean }
}

export type LockedTeam = { teamName: string; version: number; policy: ReviewPolicy; reviewersWanted: number }

const build = sqlBuilder<Tables>()

/** Holds the rosters of these teams as they are until the transaction ends. Lock order: by team name, before pull requests. */
export function lockRosters(workspaceId: number, teamNames: readonly string[]): Query<LockedTeam> {
  return {
    name: 'lock-rosters',
    text: `SELECT team_name AS "teamName", roster_version AS version, review_policy AS policy,
        reviewers_wanted AS "reviewersWanted"
      FROM team WHERE workspace_id = $1 AND team_name = ANY ($2::text[]) ORDER BY team_name FOR SHARE`,
    values: [workspaceId, teamNames],
  }
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
    text: 'SELECT user_id, team_name FROM member WHERE workspace_id = $1 AND user_id = ANY ($2::text[])',
    values: [workspaceId, userIds],
  })
  return new Map(rows.map((row) => [row.user_id, row.team_name]))
}

/** Reads rosters whose teams this transaction has locked. */
export async function listRosters(
  executor: Executor,
  workspaceId: number,
  teams: readonly LockedTeam[],
): Promise<Roster[]> {
  const rows = await executor.run<{ team_name: string; user_id: string; is_active: boolean }>({
    name: 'list-rosters',
    text: `SELECT team_name, user_id, is_active FROM member
      WHERE workspace_id = $1 AND team_name = ANY ($2::text[]) ORDER BY team_name, user_id`,
    values: [workspaceId, teams.map(({ teamName }) => teamName)],
  })
  const byTeam = Map.groupBy(rows, (row) => row.team_name)
  return teams.map((team) => {
    const members = (byTeam.get(team.teamName) ?? []).map((row) => ({ userId: row.user_id, isActive: row.is_active }))
    return { ...team, members, activeIds: activeIdsOf(members) }
  })
}

/** The members of a team at a past version of its roster, in roster order. */
export async function listRosterAt(
  executor: Executor,
  workspaceId: number,
  teamName: string,
  version: number,
): Promise<{ userId: string; isActive: boolean }[]> {
  const rows = await executor.run<{ user_id: string; status: string }>({
    name: 'list-roster-at',
    text: `SELECT DISTINCT ON (user_id) user_id, status FROM roster_change
      WHERE workspace_id = $1 AND team_name = $2 AND roster_version <= $3
      ORDER BY user_id, roster_version DESC`,
    values: [workspaceId, teamName, version],
  })
  return rows
    .filter(({ status }) => status !== 'gone')
    .map(({ user_id, status }) => ({ userId: user_id, isActive: status === 'active' }))
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

/** One change of members or teams at a time in a workspace; members then stay in their teams until the transaction ends. */
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
    text: `SELECT team_name AS "teamName", roster_version AS version, review_policy AS policy,
        reviewers_wanted AS "reviewersWanted"
      FROM team WHERE workspace_id = $1 AND team_name = ANY (ARRAY(
        SELECT team_name FROM member WHERE workspace_id = $1 AND user_id = ANY ($2::text[])))
      ORDER BY team_name FOR NO KEY UPDATE`,
    values: [workspaceId, userIds],
  }
}

export function lockTeam(workspaceId: number, teamName: string): Query<LockedTeam> {
  return {
    name: 'lock-team',
    text: `SELECT team_name AS "teamName", roster_version AS version, review_policy AS policy,
        reviewers_wanted AS "reviewersWanted"
      FROM team WHERE workspace_id = $1 AND team_name = $2 FOR NO KEY UPDATE`,
    values: [workspaceId, teamName],
  }
}

export function insertTeam(workspaceId: number, teamName: string): Query<{ team_name: string }> {
  return {
    name: 'insert-team',
    text: `WITH created AS (
        INSERT INTO team (workspace_id, team_name) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING workspace_id, team_name
      )
      , rotation AS (INSERT INTO team_rotation (workspace_id, team_name) SELECT * FROM created)
      SELECT team_name FROM created`,
    values: [workspaceId, teamName],
  }
}

/** Takes the members in, out of their old teams where they were in one; answers with the old teams. */
export function insertMembers(
  workspaceId: number,
  teamName: string,
  members: readonly TeamMember[],
  actor: string,
): Query<{ team_name: string }> {
  return {
    name: 'insert-members',
    text: `WITH input AS (
        SELECT * FROM unnest($3::text[], $4::text[], $5::boolean[]) AS i (user_id, username, is_active)
      ), moved AS (
        SELECT user_id, team_name FROM member WHERE workspace_id = $1 AND user_id = ANY ($3::text[])
      ), taken AS (
        INSERT INTO member (workspace_id, user_id, username, team_name, is_active)
        SELECT $1, user_id, username, $2, is_active FROM input ORDER BY user_id
        ON CONFLICT (workspace_id, user_id) DO UPDATE
          SET username = excluded.username, team_name = excluded.team_name, is_active = excluded.is_active
      ), joined AS (
        INSERT INTO roster_change (workspace_id, team_name, user_id, roster_version, status, actor)
        SELECT $1, $2, user_id, 1, CASE WHEN is_active THEN 'active' ELSE 'inactive' END, $6 FROM input
      ), left_behind AS (
        UPDATE team t SET roster_version = roster_version + 1
        WHERE workspace_id = $1 AND team_name IN (SELECT team_name FROM moved)
        RETURNING team_name, roster_version
      ), gone AS (
        INSERT INTO roster_change (workspace_id, team_name, user_id, roster_version, status, actor)
        SELECT $1, m.team_name, m.user_id, l.roster_version, 'gone', $6 FROM moved m JOIN left_behind l USING (team_name)
      )
      SELECT team_name FROM left_behind`,
    values: [
      workspaceId,
      teamName,
      members.map((member) => member.userId),
      members.map((member) => member.username),
      members.map((member) => member.isActive),
      actor,
    ],
  }
}

export type ActiveFlagChange = { userId: string; isActive: boolean; actor: string }
/** `version` is the team's new roster version, null where the flag was so already. */
export type FlaggedUser = User & { version: number | null }

/** Sets active flags, raising the roster version of each team in which one changed. Unknown users are left out of the answer. */
export function updateActiveFlags(workspaceId: number, changes: readonly ActiveFlagChange[]): Query<FlaggedUser> {
  return {
    name: 'update-active-flags',
    text: `WITH input AS (
        SELECT * FROM unnest($2::text[], $3::boolean[], $4::text[]) AS i (user_id, is_active, actor)
      ), changed AS (
        UPDATE member m SET is_active = i.is_active FROM input i
        WHERE m.workspace_id = $1 AND m.user_id = ANY ($2::text[]) AND m.user_id = i.user_id
          AND m.is_active <> i.is_active
        RETURNING m.user_id, m.team_name, m.is_active, i.actor
      ), raised AS (
        UPDATE team SET roster_version = roster_version + 1
        WHERE workspace_id = $1 AND team_name IN (SELECT team_name FROM changed)
        RETURNING team_name, roster_version
      ), logged AS (
        INSERT INTO roster_change (workspace_id, team_name, user_id, roster_version, status, actor)
        SELECT $1, c.team_name, c.user_id, r.roster_version, CASE WHEN c.is_active THEN 'active' ELSE 'inactive' END, c.actor
        FROM changed c JOIN raised r USING (team_name)
      )
      SELECT m.user_id AS "userId", m.username, m.team_name AS "teamName", i.is_active AS "isActive",
        r.roster_version AS version
      FROM input i
      JOIN member m ON m.workspace_id = $1 AND m.user_id = ANY ($2::text[]) AND m.user_id = i.user_id
      LEFT JOIN changed c ON c.user_id = i.user_id
      LEFT JOIN raised r ON r.team_name = c.team_name`,
    values: [
      workspaceId,
      changes.map(({ userId }) => userId),
      changes.map(({ isActive }) => isActive),
      changes.map(({ actor }) => actor),
    ],
  }
}

export function updatePolicy(
  workspaceId: number,
  teamName: string,
  policy: ReviewPolicy | null,
  reviewersWanted: number | null,
): Query<LockedTeam> {
  return {
    name: 'update-policy',
    text: `UPDATE team SET review_policy = coalesce($3, review_policy),
        reviewers_wanted = coalesce($4, reviewers_wanted), roster_version = roster_version + 1
      WHERE workspace_id = $1 AND team_name = $2
      RETURNING team_name AS "teamName", roster_version AS version, review_policy AS policy,
        reviewers_wanted AS "reviewersWanted"`,
    values: [workspaceId, teamName, policy, reviewersWanted],
  }
}

export async function findTeam(executor: Executor, workspaceId: number, teamName: string): Promise<Team | undefined> {
  const rows = await executor.run<{ user_id: string | null; username: string; is_active: boolean }>({
    name: 'find-team',
    text: `SELECT m.user_id, m.username, m.is_active
      FROM team t LEFT JOIN member m USING (workspace_id, team_name)
      WHERE t.workspace_id = $1 AND t.team_name = $2 ORDER BY m.user_id`,
    values: [workspaceId, teamName],
  })
  if (rows.length === 0) return undefined
  const members = rows.flatMap(({ user_id, username, is_active }) =>
    user_id === null ? [] : [{ userId: user_id, username, isActive: is_active }],
  )
  return { teamName, members }
}

export async function listTeams(
  executor: Executor,
  workspaceId: number,
  page: { after: string | null; limit: number },
): Promise<TeamSummary[]> {
  return executor.run(
    compile(
      build
        .selectFrom('team')
        .innerJoinLateral(
          (eb) =>
            eb
              .selectFrom('member')
              .whereRef('member.workspace_id', '=', 'team.workspace_id')
              .whereRef('member.team_name', '=', 'team.team_name')
              .select((count) => [
                count.fn.countAll<number>().as('memberCount'),
                count.fn.countAll<number>().filterWhere('is_active', '=', true).as('activeCount'),
              ])
              .as('counted'),
          (join) => join.onTrue(),
        )
        .select([
          'team.team_name as teamName',
          'review_policy as policy',
          'reviewers_wanted as reviewersWanted',
          'memberCount',
          'activeCount',
        ])
        .where('team.workspace_id', '=', workspaceId)
        .$if(page.after !== null, (query) => query.where('team.team_name', '>', page.after!))
        .orderBy('team.team_name')
        .limit(page.limit),
    ),
  )
}

export async function findUser(executor: Executor, workspaceId: number, userId: string): Promise<User | undefined> {
  const [user] = await executor.run(
    compile(selectUsers().where('workspace_id', '=', workspaceId).where('user_id', '=', userId)),
  )
  return user
}

export async function listUsers(
  executor: Executor,
  workspaceId: number,
  filter: { teamName: string | null; isActive: boolean | null; after: string | null; limit: number },
): Promise<User[]> {
  return executor.run(
    compile(
      selectUsers()
        .where('workspace_id', '=', workspaceId)
        .$if(filter.teamName !== null, (query) => query.where('team_name', '=', filter.teamName!))
        .$if(filter.isActive !== null, (query) => query.where('is_active', '=', filter.isActive!))
        .$if(filter.after !== null, (query) => query.where('user_id', '>', filter.after!))
        .orderBy('user_id')
        .limit(filter.limit),
    ),
  )
}

function selectUsers() {
  return build
    .selectFrom('member')
    .select(['user_id as userId', 'username', 'team_name as teamName', 'is_active as isActive'])
}
