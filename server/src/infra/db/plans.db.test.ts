import { afterAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { Glob } from 'bun'
import pg from 'pg'
import { freshDatabase } from '../../testing/database.ts'
import { parts, readsEverything, uses } from '../../testing/query-uses.ts'
import type { Executor, Query } from './database.ts'

type Statement = Query<unknown>
type PlanNode = {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: PlanNode[]
}

const PULL_REQUESTS = 50_000
const MEMBERS = 5000
const TEAMS = 100
/** More rows than any hot statement has to read; far fewer than any of the large tables has. */
const MAX_ROWS_READ = 1500
const large = [
  'pull_request',
  'decision',
  'member',
  'roster_change',
  'idempotency',
  'deactivation',
  'member_limit',
  'absence',
  'past_change',
  'simulation',
  'webhook_delivery',
  'job_common',
  'room',
  'room_message',
  'notification_preference',
  'notification_channel',
  'notification',
  'review_acknowledgement',
  'review_wait',
]

/** Where statements stand: every function these modules export makes one. */
const serverFolder = join(import.meta.dir, '../..')
const sources = ['features/*/queries.ts', 'features/*/queries/*.ts', 'infra/db/idempotency.ts'].flatMap((pattern) =>
  [...new Glob(pattern).scanSync(serverFolder)].toSorted(),
)

/** Takes down what a query function runs, or what it returns to be run. */
async function statementsOf(make: (...args: never[]) => unknown, args: readonly unknown[]): Promise<Statement[]> {
  const recorded: Statement[] = []
  const executor: Executor = {
    run: (query) => {
      recorded.push(query)
      return Promise.resolve([{ n: 0 }] as never)
    },
  }
  const takesExecutor = /^(async\s+)?function\s+\w+\s*\(\s*(executor|db|tx)\b/.test(make.toString())
  const made = make(...([...(takesExecutor ? [executor] : []), 1, ...args] as never[]))
  if (!takesExecutor) return [made as Statement]
  await Promise.resolve(made).catch(() => undefined)
  return recorded
}

const functions = new Map<string, (...args: never[]) => unknown>()
for (const source of sources) {
  const module = (await import(join(serverFolder, source))) as Record<string, unknown>
  for (const [name, value] of Object.entries(module)) {
    if (typeof value === 'function' && !parts.has(name)) functions.set(name, value as (...args: never[]) => unknown)
  }
}

const database = await freshDatabase()
await fill()
const client = new pg.Client({ connectionString: database.url })
client.on('error', () => undefined)
await client.connect()
afterAll(() => client.end())

async function fill(): Promise<void> {
  const series = (last: number) => `generate_series(1, ${last}) AS g (n)`
  for (const text of [
    `INSERT INTO team (workspace_id, team_name, review_policy)
     SELECT 1, 't' || n, CASE WHEN n % 3 = 0 THEN 'round-robin' ELSE 'random' END FROM ${series(TEAMS)}`,
    `INSERT INTO team (workspace_id, team_name) VALUES (1, 'empty')`,
    'UPDATE team SET roster_version = 5',
    'INSERT INTO team_rotation SELECT 1, team_name, NULL FROM team',
    `INSERT INTO member SELECT 1, 'u' || n, 'name', 't' || 1 + n % ${TEAMS}, n % 10 > 0 FROM ${series(MEMBERS)}`,
    `INSERT INTO member_limit SELECT 1, 'u' || n, 3, false, '{}', NULL, 'https://calendar.example/' || n,
       now() - (n % 16) * interval '1 minute', NULL FROM ${series(MEMBERS)}`,
    `INSERT INTO member_ramp SELECT 1, team_name, user_id, 'shadow', NULL FROM member`,
    `INSERT INTO absence SELECT 1, 'a' || n, 'u' || 1 + n % ${MEMBERS}, now() + (n % 100 - 50) * interval '1 day',
       now() + (n % 100 - 48) * interval '1 day', CASE WHEN n % 2 = 0 THEN 'hand' ELSE 'calendar' END
     FROM ${series(PULL_REQUESTS)}`,
    `INSERT INTO roster_change SELECT 1, team_name, user_id, v, 'active', 'local', now()
     FROM member, generate_series(1, 5) AS v`,
    `INSERT INTO pull_request (workspace_id, pull_request_id, pull_request_name, author_id, team_name, status,
       reviewer_ids, created_at, merged_at, missing_reviewers, missing_reason, tried_version, retry_at)
     SELECT 1, 'pr' || n, 'name', 'u' || 1 + n % ${MEMBERS}, 't' || 1 + n % ${TEAMS},
       CASE WHEN n % 10 = 0 THEN 'OPEN' ELSE 'MERGED' END,
       ARRAY['u' || 1 + (n + 100) % ${MEMBERS}, 'u' || 1 + (n + 1700) % ${MEMBERS}],
       timestamptz '2026-01-01Z' + n * interval '1 minute', CASE WHEN n % 10 > 0 THEN now() END,
       CASE WHEN n % 50 = 0 THEN 1 ELSE 0 END, CASE WHEN n % 50 = 0 THEN 'AT_CAP' END, 5 - (n % 250) / 50,
       CASE WHEN n % 50 = 0 THEN now() + (n - 100) * interval '1 minute' END
     FROM ${series(PULL_REQUESTS)}`,
    `INSERT INTO decision SELECT 1, pull_request_id, 1, 'create', team_name, reviewer_ids, NULL, '{}', 'local', created_at,
       '{"policy": "random", "assignedIds": ["u1"]}' FROM pull_request`,
    `INSERT INTO deactivation SELECT 1, 'd' || n, 't' || 1 + n % ${TEAMS}, '{}', '[]', 'local', now() - n * interval '1 minute'
     FROM ${series(5000)}`,
    `INSERT INTO past_change SELECT 1, 'engine', 'c' || n, 'u1', '{u2}', at, at, '["a.ts"]', NULL, NULL, 1, at + interval '20 days'
     FROM ${series(PULL_REQUESTS)}, LATERAL (SELECT timestamptz '2026-01-01Z' + n * interval '1 minute') AS t (at)`,
    `INSERT INTO simulation SELECT 1, 's' || n, '{}', CASE n WHEN 1 THEN 'RUNNING' ELSE 'DONE' END, 1, '{}', NULL, 'local', at, at
     FROM ${series(5000)}, LATERAL (SELECT timestamptz '2026-01-01Z' + n * interval '1 minute') AS t (at)`,
    `INSERT INTO event (workspace_id, type, subject, team_name, actor, data)
     SELECT 1, 'pullRequest.opened', 'pr' || n, 't' || 1 + n % ${TEAMS}, 'local', '{}' FROM ${series(PULL_REQUESTS)}`,
    `SELECT tandem_jobs.create_queue('kind-' || n, '{"policy": "exclusive"}') FROM ${series(5)}`,
    `INSERT INTO tandem_jobs.job_common (id, name, group_id, state, created_on)
     SELECT lpad(n::text, 32, '0')::uuid, 'kind-' || 1 + n % 5, '1', CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'completed' END::tandem_jobs.job_state,
       timestamptz '2026-01-01Z' + n * interval '1 minute' FROM ${series(PULL_REQUESTS)}`,
    `INSERT INTO webhook (workspace_id, webhook_id, url, types, secret, actor, sequence)
     SELECT 1, 'w' || n, 'https://hook.example/', '{}', 's', 'local', 0 FROM ${series(100)}`,
    `INSERT INTO webhook_delivery (workspace_id, webhook_id, event_id, type, attempt, http_status, duration_ms)
     SELECT 1, 'w' || 1 + n % 100, '4.1', 'a.b', 1, 200, 1 FROM ${series(PULL_REQUESTS)}`,
    `INSERT INTO room SELECT 1, 'pullRequest/pr' || n, 0 FROM ${series(5000)}`,
    `INSERT INTO room SELECT 1, 'team/t' || n, ${PULL_REQUESTS / TEAMS} FROM ${series(TEAMS)}`,
    `INSERT INTO room_message SELECT 1, 'team/t' || 1 + n % ${TEAMS}, 1 + n / ${TEAMS}, 'u1', 'c' || 1 + n / ${TEAMS}, 'text'
     FROM generate_series(0, ${PULL_REQUESTS - 1}) AS g (n)`,
    `INSERT INTO notification_preference (workspace_id, user_id) SELECT 1, 'u' || n FROM ${series(MEMBERS)}`,
    `INSERT INTO team_notification_preference SELECT 1, team_name, 'en', 1, '{}', 8, 16, '{}' FROM team WHERE team_name <> 'empty'`,
    `INSERT INTO notification_channel (workspace_id, audience, recipient_id, channel, address, from_sequence)
     SELECT 1, 'user', 'u' || n, 'email', 'a@example.org', 0 FROM ${series(MEMBERS)}`,
    `INSERT INTO notification (workspace_id, audience, recipient_id, channel, kind, source, pull_request_id, data, status,
       settled_at, created_at)
     SELECT 1, 'user', 'u' || 1 + n % ${MEMBERS}, 'email', 'assigned', n, 'pr' || n, '{}',
       CASE WHEN n % 100 = 0 THEN 'waiting' ELSE 'sent' END, CASE WHEN n % 100 > 0 THEN now() END,
       now() - n * interval '1 minute' FROM ${series(PULL_REQUESTS)}`,
    `INSERT INTO review_acknowledgement SELECT 1, pull_request_id, reviewer_ids[1], now(), 'local' FROM pull_request`,
    `INSERT INTO review_wait SELECT 1, pull_request_id, reviewer_ids[1], 1, team_name, created_at, NULL,
       created_at + interval '8 hours' FROM pull_request`,
    `INSERT INTO event_relay VALUES (1, 'notifications', 0)`,
    `INSERT INTO idempotency SELECT 1, 'k' || n, 'f', '{}', now() FROM ${series(PULL_REQUESTS)}`,
    'ANALYZE',
  ]) {
    await database.sql(text)
  }
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (!Array.isArray(value)) return pg.escapeLiteral(`${value as string | number | boolean}`)
  const items = value.map((item) => (item === null ? 'NULL' : `"${String(item).replace(/["\\]/g, '\\$&')}"`))
  return pg.escapeLiteral(`{${items.join()}}`)
}

/** Runs it as the server would, once planned for its values and once for any, then undoes it; gives what read too much. */
async function excessesOf({ name, text, values }: Statement, before: readonly string[] = []): Promise<string[]> {
  const found: string[] = []
  // Without a name there is no prepared statement, so it is planned for its values every time.
  for (const mode of name === undefined ? ['force_custom_plan'] : ['force_custom_plan', 'force_generic_plan']) {
    await client.query('BEGIN')
    try {
      for (const statement of before) await client.query(statement)
      await client.query(`SET LOCAL plan_cache_mode = ${mode}`)
      await client.query(`PREPARE hot AS ${text}`)
      const execute = values.length === 0 ? 'EXECUTE hot' : `EXECUTE hot (${values.map(literal).join()})`
      const { rows } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${execute}`)
      found.push(...excessesIn(rows[0]['QUERY PLAN'][0].Plan as PlanNode).map((excess) => `${mode}: ${excess}`))
    } finally {
      await client.query('ROLLBACK')
      await client.query('DEALLOCATE ALL')
    }
  }
  return found
}

function excessesIn(node: PlanNode): string[] {
  const table = node['Relation Name'] ?? ''
  const perLoop =
    node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
  const read = perLoop * node['Actual Loops']
  const scansAll = node['Node Type'] === 'Seq Scan' && large.includes(table)
  const isScan = node['Node Type'].endsWith('Scan')
  const here =
    scansAll || (isScan && read > MAX_ROWS_READ) ? [`${node['Node Type']} reads ${read} rows of ${table}`] : []
  return [...here, ...(node.Plans ?? []).flatMap(excessesIn)]
}

test('every function that makes a statement is tried here, and nothing else', () => {
  expect([...functions.keys()].toSorted()).toEqual(Object.keys(uses).toSorted())
  expect(Object.keys(uses)).toEqual(expect.arrayContaining(Object.keys(readsEverything)))
})

const hot = Object.entries(uses).filter(([name]) => !(name in readsEverything))

describe.each(
  hot.flatMap(([name, ways]) =>
    ways.map((args): [string, string, readonly unknown[]] => [name, JSON.stringify(args).slice(0, 80), args]),
  ),
)('%s %s', (name, _, args) => {
  test('reads only what it answers with', async () => {
    const statements = await statementsOf(functions.get(name)!, args)

    expect(statements).not.toBeEmpty()
    for (const statement of statements) expect(await excessesOf(statement)).toEqual([])
  })
})

describe('the test itself', () => {
  test.each([
    ['listReviewsAsJson', 'pull_request_by_first_reviewer'],
    ['countOpenReviews', 'pull_request_by_second_reviewer'],
    ['lockOpenReviewsOf', 'pull_request_by_first_reviewer'],
    ['listRosters', 'member_by_team'],
    ['listPullRequests', 'pull_request_by_time, pull_request_by_status, pull_request_by_team, pull_request_by_author'],
    ['lockDeactivation', 'deactivation_by_team, deactivation_pkey'],
  ])('notices when %s is without %s', async (name, indexes) => {
    const [statement] = await statementsOf(functions.get(name)!, uses[name]![0]!)
    const drop = indexes
      .split(', ')
      .map((index) =>
        index.endsWith('_pkey') ? `ALTER TABLE deactivation DROP CONSTRAINT ${index}` : `DROP INDEX ${index}`,
      )

    expect(await excessesOf(statement!, drop)).not.toEqual([])
    expect(await excessesOf(statement!)).toEqual([])
  })
})
