import { compile, sqlBuilder } from '../../../infra/db/compile.ts'
import type { Executor, Query } from '../../../infra/db/database.ts'
import type { OwnersMode, ReviewPolicy, TeamSettings } from '../../../shared/roster.ts'
import type { TeamMember, TeamPolicy, TeamSummary } from '../domain/team.ts'
import { TEAM_COLUMNS, type LockedTeam } from './rosters.ts'

type Tables = {
  team: {
    workspace_id: number
    team_name: string
    review_policy: ReviewPolicy
    reviewers_wanted: number
    load_weight: number
    owners_mode: OwnersMode
    avoids_repeats: boolean
    shadow_budget: number
    trial_policy: ReviewPolicy | null
    roster_version: number
    created_at: string
  }
  member: { workspace_id: number; user_id: string; username: string; team_name: string; is_active: boolean }
}

const build = sqlBuilder<Tables>()

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
        SELECT m.user_id, m.team_name FROM unnest($3::text[]) AS given (id) CROSS JOIN LATERAL (
          SELECT user_id, team_name FROM member WHERE workspace_id = $1 AND user_id = given.id OFFSET 0
        ) AS m
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

/** What is left out stays as it is. */
export function updatePolicy(
  workspaceId: number,
  teamName: string,
  settings: Partial<TeamSettings>,
): Query<LockedTeam> {
  return {
    name: 'update-policy',
    text: `UPDATE team SET review_policy = coalesce($3, review_policy),
        reviewers_wanted = coalesce($4, reviewers_wanted), load_weight = coalesce($5, load_weight),
        owners_mode = coalesce($6, owners_mode), avoids_repeats = coalesce($7, avoids_repeats),
        shadow_budget = coalesce($8, shadow_budget), trial_policy = CASE WHEN $9 THEN $10 ELSE trial_policy END,
        roster_version = roster_version + 1
      WHERE workspace_id = $1 AND team_name = $2
      RETURNING ${TEAM_COLUMNS}`,
    values: [
      workspaceId,
      teamName,
      settings.policy,
      settings.reviewersWanted,
      settings.loadWeight,
      settings.ownersMode,
      settings.avoidsRepeats,
      settings.shadowBudget,
      settings.trialPolicy !== undefined,
      settings.trialPolicy,
    ],
  }
}

export async function findPolicy(
  executor: Executor,
  workspaceId: number,
  teamName: string,
): Promise<TeamPolicy | undefined> {
  const [team] = await executor.run<LockedTeam>({
    name: 'find-policy',
    text: `SELECT ${TEAM_COLUMNS} FROM team WHERE workspace_id = $1 AND team_name = $2`,
    values: [workspaceId, teamName],
  })
  return team
}

/**
 * Teams as the contract's JSON, by name. The database writes it: of all places the server's one thread is where it
 * would cost most.
 */
export async function listTeamsAsJson(
  executor: Executor,
  workspaceId: number,
  teamNames: readonly string[],
): Promise<Map<string, string>> {
  const rows = await executor.run<{ team_name: string; json: string }>({
    name: 'list-teams-as-json',
    text: `SELECT t.team_name,
        '{"team_name":' || to_json(t.team_name)::text || ',"members":[' || coalesce(listed.members, '') || ']}' AS json
      FROM team t CROSS JOIN LATERAL (
        SELECT string_agg(row_to_json(m)::text, ',' ORDER BY m.user_id) AS members
        FROM (
          SELECT user_id, username, is_active FROM member
          WHERE workspace_id = $1 AND team_name = t.team_name
        ) AS m
      ) AS listed
      WHERE t.workspace_id = $1 AND t.team_name = ANY ($2::text[])`,
    values: [workspaceId, teamNames],
  })
  return new Map(rows.map((row) => [row.team_name, row.json]))
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
          'load_weight as loadWeight',
          'owners_mode as ownersMode',
          'avoids_repeats as avoidsRepeats',
          'shadow_budget as shadowBudget',
          'trial_policy as trialPolicy',
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
