import { afterAll, expect, test } from 'bun:test'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { z } from 'zod'
import { freshDatabase } from '../../testing/database.ts'
import type { Query } from '../db/database.ts'
import { enqueue } from './enqueue.ts'
import { defineJob } from './job.ts'
import * as queries from './queries.ts'

const JOBS = 50_000
const KINDS = ['kind-1', 'kind-2', 'kind-3', 'kind-4', 'kind-5']
const MAX_ROWS_READ = 200

type PlanNode = {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: PlanNode[]
}

const database = await freshDatabase()
await database.sql(
  `SELECT tandem_jobs.create_queue(name, '{"policy": "exclusive"}') FROM unnest($1::text[]) AS k (name)`,
  [KINDS],
)
// As in a service that has run for long: nearly all are done, a few wait, run or are dead.
await database.sql(`INSERT INTO tandem_jobs.job_common (name, group_id, data, state, created_on, started_on, heartbeat_on, heartbeat_seconds)
  SELECT 'kind-' || 1 + n % 5, '1', '{}', CASE WHEN n % 1000 < 2 THEN 'active' WHEN n % 1000 < 10 THEN 'created'
    WHEN n % 1000 < 12 THEN 'failed' ELSE 'completed' END::tandem_jobs.job_state, now() - n * interval '1 second', now(), now(), 10
  FROM generate_series(1, ${JOBS}) AS g (n)`)
await database.sql('ANALYZE')
const client = new pg.Client({ connectionString: database.url })
client.on('error', () => undefined)
await client.connect()
afterAll(() => client.end())
const [active] = await database.sql<queries.Claim>(
  `SELECT name, id, retry_count AS "retryCount" FROM tandem_jobs.job_common WHERE state = 'active' LIMIT 1`,
)

const kind = defineJob({ name: 'kind-1', payload: z.strictObject({}), run: () => Promise.resolve() })
const unknown = { ...active!, id: randomUUID() }
const cases: Record<keyof typeof queries, Query<unknown>> = {
  insertJobs: enqueue(1, kind, {}, { unique: { key: 'a', while: 'unfinished' } }),
  bringForward: queries.bringForward('kind-1', ['a', 'b']),
  completeJob: queries.completeJob(active!),
  giveUpJob: queries.giveUpJob(active!, { message: 'no' }),
  handBackJobs: queries.handBackJobs([active!, unknown]),
  touchJobs: queries.touchJobs([active!, unknown]),
  listReadyKinds: queries.listReadyKinds(KINDS),
  listLostClaims: queries.listLostClaims(KINDS, 100),
  lockRate: queries.lockRate('kind-1', { jobs: 1, perMs: 1000 }),
  spendRate: queries.spendRate('kind-1', 1),
  listQueueDepths: queries.listQueueDepths(KINDS),
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `'{${value.map((item) => `"${String(item)}"`).join()}}'`
  return `'${String(value)}'`
}

function readsOf(node: PlanNode): number[] {
  const isJobs = node['Relation Name'] === 'job_common' && node['Node Type'].endsWith('Scan')
  const read = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
  return [...(isJobs ? [read] : []), ...(node.Plans ?? []).flatMap(readsOf)]
}

/** Runs it as a prepared statement, then undoes it; gives how many jobs each scan read. */
async function readsOfRunning({ text, values }: Query<unknown>, mode: string): Promise<number[]> {
  await client.query('BEGIN')
  try {
    await client.query(`SET LOCAL plan_cache_mode = ${mode}`)
    await client.query(`PREPARE hot AS ${text}`)
    const execute = `EXECUTE hot (${values.map(literal).join()})`
    const { rows } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${execute}`)
    return readsOf(rows[0]['QUERY PLAN'][0].Plan as PlanNode)
  } finally {
    await client.query('ROLLBACK')
    await client.query('DEALLOCATE ALL')
  }
}

const modes = ['force_custom_plan', 'force_generic_plan']
test.each(Object.entries(cases).flatMap(([name, query]) => modes.map((mode) => [name, mode, query] as const)))(
  '%s reads no more jobs than it needs (%s)',
  async (_name, mode, query) => {
    for (const read of await readsOfRunning(query, mode)) expect(read).toBeLessThan(MAX_ROWS_READ)
  },
)

test('the test itself notices a scan of all jobs', async () => {
  const all = { text: `SELECT FROM tandem_jobs.job_common WHERE output IS NOT NULL AND $1 = 'x'`, values: ['x'] }

  expect(Math.max(...(await readsOfRunning(all, 'force_custom_plan')))).toBe(JOBS)
})
