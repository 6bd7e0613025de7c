import { compile, sqlBuilder } from '../../../infra/db/compile.ts'
import type { Executor, Query } from '../../../infra/db/database.ts'
import type { User } from '../domain/team.ts'

type Tables = {
  member: { workspace_id: number; user_id: string; username: string; team_name: string; is_active: boolean }
}

const build = sqlBuilder<Tables>()

export type ActiveFlagChange = { userId: string; isActive: boolean; actor: string }

/** `version` is the team's new roster version, null where the flag was so already. */
export type FlaggedUser = User & { version: number | null }

/**
 * Sets active flags of members whose teams the caller holds for change, raising the roster version of each team in which one changed. Unknown users are
 * left out of the answer.
 */
export function updateActiveFlags(workspaceId: number, changes: readonly ActiveFlagChange[]): Query<FlaggedUser> {
  return {
    name: 'update-active-flags',
    text: `WITH input AS (
        SELECT * FROM unnest($2::text[], $3::boolean[], $4::text[]) AS i (user_id, is_active, actor)
      ), found AS MATERIALIZED (
        SELECT m.*, i.is_active AS wanted, i.actor FROM input i CROSS JOIN LATERAL (
          SELECT ctid AS place, * FROM member WHERE workspace_id = $1 AND user_id = i.user_id OFFSET 0
        ) AS m
      ), changed AS (
        UPDATE member SET is_active = NOT is_active
        WHERE ctid = ANY (ARRAY(SELECT place FROM found WHERE is_active <> wanted))
        RETURNING user_id, team_name, is_active
      ), raised AS (
        UPDATE team SET roster_version = roster_version + 1
        WHERE workspace_id = $1 AND team_name IN (SELECT team_name FROM changed)
        RETURNING team_name, roster_version
      ), logged AS (
        INSERT INTO roster_change (workspace_id, team_name, user_id, roster_version, status, actor)
        SELECT $1, c.team_name, c.user_id, r.roster_version, CASE WHEN c.is_active THEN 'active' ELSE 'inactive' END, f.actor
        FROM changed c JOIN raised r USING (team_name) JOIN found f USING (user_id)
      )
      SELECT f.user_id AS "userId", f.username, f.team_name AS "teamName", f.wanted AS "isActive",
        r.roster_version AS version
      FROM found f
      LEFT JOIN changed c USING (user_id)
      LEFT JOIN raised r ON r.team_name = c.team_name`,
    values: [
      workspaceId,
      changes.map(({ userId }) => userId),
      changes.map(({ isActive }) => isActive),
      changes.map(({ actor }) => actor),
    ],
  }
}

export async function findUsers(
  executor: Executor,
  workspaceId: number,
  userIds: readonly string[],
): Promise<Map<string, User>> {
  const users = await executor.run<User>({
    name: 'find-users',
    text: `SELECT m.user_id AS "userId", m.username, m.team_name AS "teamName", m.is_active AS "isActive"
      FROM unnest($2::text[]) AS given (id) CROSS JOIN LATERAL (
        SELECT * FROM member WHERE workspace_id = $1 AND user_id = given.id OFFSET 0
      ) AS m`,
    values: [workspaceId, userIds],
  })
  return new Map(users.map((user) => [user.userId, user]))
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
