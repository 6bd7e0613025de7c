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
