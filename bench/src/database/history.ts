import { SQL } from 'bun'
import { reference } from '../load/reference.ts'

/** Whose past the stored pull requests are: people nobody asks for, or those who are read and written. */
export type Whose = 'others' | 'same people'

const OTHER_TEAMS = 100

/**
 * Writes `count` pull requests with their decisions straight into the tables, spread over a year, one in fifty still open. The
 * record of a decision is one that the server wrote.
 */
export async function storeHistory(databaseUrl: string, count: number, whose: Whose): Promise<void> {
  const sql = new SQL(databaseUrl, { max: 1 })
  const teams = whose === 'others' ? OTHER_TEAMS : reference.teams
  const prefix = whose === 'others' ? 'other-' : ''
  const users = reference.usersPerTeam
  try {
    await sql`SET synchronous_commit = off`
    if (whose === 'others') await addOthers(sql)
    await sql`
      INSERT INTO pull_request (workspace_id, pull_request_id, pull_request_name, author_id, team_name, status, reviewer_ids,
        created_at, merged_at)
      SELECT 1, 'past-' || n, 'Past change ' || n, ${prefix}::text || 'user-' || team || '-' || author, ${prefix}::text || 'team-' || team,
        CASE WHEN n % 50 = 0 THEN 'OPEN' ELSE 'MERGED' END,
        ARRAY[${prefix}::text || 'user-' || team || '-' || (author + 1 + n % 97) % ${users}::int,
          ${prefix}::text || 'user-' || team || '-' || (author + 100 + n % 89) % ${users}::int],
        opened, CASE WHEN n % 50 = 0 THEN NULL ELSE opened + interval '1 hour' END
      FROM (
        SELECT n, n % ${teams}::int AS team, (n / ${teams}::int) % ${users}::int AS author,
          now() - interval '1 year' * (1 - n::float / (${count}::int + 1)) - interval '2 hours' AS opened
        FROM generate_series(1, ${count}::int) AS n
      ) AS past
    `
    await sql`
      INSERT INTO decision (workspace_id, pull_request_id, number, kind, team_name, assigned_ids, record, actor, decided_at)
      SELECT 1, p.pull_request_id, 1, 'create', p.team_name, p.reviewer_ids, sample.record, 'local', p.created_at
      FROM pull_request p, (SELECT record FROM decision WHERE kind = 'create' LIMIT 1) AS sample
      WHERE p.pull_request_id LIKE 'past-%'
    `
    // Else autovacuum and a checkpoint would fall into the measurement, the more so the more is stored.
    await sql`VACUUM ANALYZE`
    await sql`CHECKPOINT`
  } finally {
    await sql.close()
  }
}

async function addOthers(sql: SQL): Promise<void> {
  await sql`
    INSERT INTO team (workspace_id, team_name) SELECT 1, 'other-team-' || n FROM generate_series(0, ${OTHER_TEAMS - 1}::int) AS n
  `
  await sql`
    INSERT INTO member (workspace_id, user_id, username, team_name, is_active)
    SELECT 1, id, id, 'other-team-' || team, true
    FROM (
      SELECT team, 'other-user-' || team || '-' || n AS id
      FROM generate_series(0, ${OTHER_TEAMS - 1}::int) AS team, generate_series(0, ${reference.usersPerTeam - 1}::int) AS n
    ) AS person
  `
}

export async function versionOf(databaseUrl: string): Promise<string> {
  const sql = new SQL(databaseUrl, { max: 1 })
  try {
    const rows = (await sql`SELECT current_setting('server_version') AS version`) as { version: string }[]
    return rows[0]?.version ?? 'unknown'
  } finally {
    await sql.close()
  }
}
