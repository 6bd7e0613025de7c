import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Glob, SQL } from 'bun'
import { reference } from '../load/reference.ts'
import { readPgbench } from './pgbench-output.ts'

export type OneCreate = {
  perSecond: number
  transactions: number
  meanMs: number
  /** What sent them. */
  client: string
}

const CLIENTS = 60

/**
 * One create per transaction, as a plain service would do it: holds the author's team, writes the pull request and the record
 * of its decision, commits. Random authors and reviewers of the reference's teams; 60 clients, prepared statements.
 */
export async function measureOneCreate(databaseUrl: string, seconds: number): Promise<OneCreate> {
  const sql = new SQL(databaseUrl, { max: CLIENTS })
  try {
    const [latest] = (await sql`
      SELECT record::text FROM decision WHERE kind = 'create' ORDER BY decided_at DESC LIMIT 1
    `) as { record: string }[]
    const record = latest?.record ?? '{}'
    const program = await findPgbench()
    return program === null
      ? await byClients(sql, record, seconds)
      : await byPgbench(program, databaseUrl, record, seconds)
  } finally {
    await sql.close()
  }
}

async function findPgbench(): Promise<string | null> {
  const onPath = Bun.which('pgbench')
  if (onPath !== null) return onPath
  const found = await Array.fromAsync(new Glob('usr/lib/postgresql/*/bin/pgbench').scan({ cwd: '/', absolute: true }))
  return found.toSorted().at(-1) ?? null
}

const SCRIPT = `
\\set team random(0, ${reference.teams - 1})
\\set author random(0, ${reference.usersPerTeam - 1})
\\set first (:author + random(1, 99)) % ${reference.usersPerTeam}
\\set second (:author + random(100, 199)) % ${reference.usersPerTeam}
\\set id random(1, 9000000000000000000)
BEGIN;
SELECT t.team_name, t.roster_version FROM member m JOIN team t USING (workspace_id, team_name)
  WHERE m.workspace_id = 1 AND m.user_id = 'user-' || :team::text || '-' || :author::text FOR SHARE OF t;
INSERT INTO pull_request (workspace_id, pull_request_id, pull_request_name, author_id, team_name, reviewer_ids)
  VALUES (1, 'one-' || :id::text, 'one-' || :id::text, 'user-' || :team::text || '-' || :author::text, 'team-' || :team::text,
    ARRAY['user-' || :team::text || '-' || :first::text, 'user-' || :team::text || '-' || :second::text]);
INSERT INTO decision (workspace_id, pull_request_id, number, kind, team_name, assigned_ids, record, actor)
  VALUES (1, 'one-' || :id::text, 1, 'create', 'team-' || :team::text,
    ARRAY['user-' || :team::text || '-' || :first::text, 'user-' || :team::text || '-' || :second::text],
    :record::json, 'local');
COMMIT;
`

async function byPgbench(program: string, databaseUrl: string, record: string, seconds: number): Promise<OneCreate> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-pgbench-'))
  const { hostname, port, username, password, pathname } = new URL(databaseUrl)
  try {
    const script = join(folder, 'create.sql')
    await Bun.write(script, SCRIPT)
    const load = ['-M', 'prepared', '-c', String(CLIENTS), '-j', '2', '-n', '-T', String(seconds)]
    const where = ['-h', hostname, '-p', port, '-U', username, pathname.slice(1)]
    const child = Bun.spawn([program, ...load, '-f', script, '-D', `record=${record}`, ...where], {
      env: { ...process.env, PGPASSWORD: password },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
    if ((await child.exited) !== 0) throw new Error(`pgbench failed: ${errors}`)
    return { ...readPgbench(output), client: 'pgbench' }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function byClients(sql: SQL, record: string, seconds: number): Promise<OneCreate> {
  let transactions = 0
  const startedMs = performance.now()
  const endMs = startedMs + seconds * 1000
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (; performance.now() < endMs; transactions++) await createOnce(sql, record)
    }),
  )
  const elapsedMs = performance.now() - startedMs
  return {
    perSecond: (transactions * 1000) / elapsedMs,
    transactions,
    meanMs: (elapsedMs * CLIENTS) / transactions,
    client: 'Bun.SQL (pgbench was not found)',
  }
}

async function createOnce(sql: SQL, record: string): Promise<void> {
  const team = below(reference.teams)
  const author = below(reference.usersPerTeam)
  const [first, second] = [1 + below(99), 100 + below(100)].map(
    (step) => `user-${team}-${(author + step) % reference.usersPerTeam}`,
  )
  const id = `one-${crypto.randomUUID()}`
  const authorId = `user-${team}-${author}`
  await sql.begin(async (tx) => {
    const rows = (await tx`
      SELECT t.team_name, t.roster_version FROM member m JOIN team t USING (workspace_id, team_name)
      WHERE m.workspace_id = 1 AND m.user_id = ${authorId} FOR SHARE OF t
    `) as { team_name: string }[]
    const teamName = rows[0]?.team_name ?? null
    await tx`
      INSERT INTO pull_request (workspace_id, pull_request_id, pull_request_name, author_id, team_name, reviewer_ids)
      VALUES (1, ${id}, ${id}, ${authorId}, ${teamName}, ARRAY[${first}::text, ${second}::text])
    `
    await tx`
      INSERT INTO decision (workspace_id, pull_request_id, number, kind, team_name, assigned_ids, record, actor)
      VALUES (1, ${id}, 1, 'create', ${teamName}, ARRAY[${first}::text, ${second}::text], ${record}::text::json, 'local')
    `
  })
}

function below(bound: number): number {
  return Math.floor(Math.random() * bound)
}
