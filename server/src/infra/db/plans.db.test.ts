import { afterAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { Glob } from 'bun'
import pg from 'pg'
import { freshDatabase } from '../../testing/database.ts'
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
const large = ['pull_request', 'decision', 'member', 'roster_change', 'idempotency', 'deactivation']

/** Where statements stand: every function these modules export makes one. */
const serverFolder = join(import.meta.dir, '../..')
const sources = ['features/*/queries.ts', 'features/*/queries/*.ts', 'infra/db/idempotency.ts'].flatMap((pattern) =>
  [...new Glob(pattern).scanSync(serverFolder)].toSorted(),
)

/** These read a whole table or window by what they answer, and are asked seldom. */
const readsEverything: Readonly<Record<string, string>> = {
  listUserLoads: 'statistics: everybody, with all decisions of the window',
  listPullRequestLoads: 'statistics: the busiest of all decisions of the window',
  listTeamCounts: 'statistics: counts all pull requests of all teams',
  countDecisions: 'the total shown while replaying, once per replay',
}

function ids(prefix: string, ...numbers: number[]) {
  return numbers.map((n) => `${prefix}${n}`)
}
const members = ids('u', 1, 2, 3, 777)
const decision = {
  kind: 'create',
  teamName: 't1',
  rosterVersion: 1,
  policy: 'random',
  policyVersion: 1,
  seed: 1,
  wanted: 2,
  authorId: 'u1',
  keptIds: [],
  replacedId: null,
  lastInRotation: null,
  rosterSize: 50,
  people: [],
  openReviews: [],
  assignedIds: ['u101', 'u201'],
}
function nobodyAt(): Promise<[]> {
  return Promise.resolve([])
}

const newPullRequests = ids('new', 1, 2).map((pullRequestId) => ({
  pullRequestId,
  pullRequestName: 'name',
  decision,
  actor: 'local',
}))
const reassignments = ids('pr', 10, 20).map((pullRequestId) => ({
  pullRequestId,
  reviewerIds: ['u301', 'u401'],
  decisions: [{ ...decision, kind: 'reassign', assignedIds: ['u301'] }],
  actor: 'local',
}))
const assumedPullRequests = newPullRequests.map((row) => ({ ...row, decision: { ...decision, rosterVersion: 5 } }))
const assumedReassignments = [
  { pullRequestId: 'pr10', before: ['u111', 'u1711'], reviewerIds: ['u301', 'u1711'] },
  { pullRequestId: 'pr20', before: ['u121', 'u1721'], reviewerIds: ['u121', 'u301'] },
].map((row) => ({ ...row, decision: { ...decision, rosterVersion: 5, assignedIds: ['u301'] }, actor: 'local' }))
const deactivation = { deactivationId: 'new', teamName: 't1', userIds: ['u1'], moves: [] }
const window = { from: null, to: null, teamName: null }
const noFilter = { status: null, teamName: null, authorId: null, reviewerId: null }
const newest = { before: null, limit: 51 }
const older = { before: ['2026-01-10T00:00:00Z', 'pr1'], limit: 51 }

/** These make a part of statements. */
const parts = new Set(['unchangedTeams'])

/** Arguments after the workspace (and the executor, where the function takes one), for each way a statement is used. */
const uses: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  // people
  lockRosters: [[ids('t', 1, 2)]],
  lockRotations: [[ids('t', 1, 2)]],
  updateRotations: [[new Map([['t1', 'u1']])]],
  listTeamsOfUsers: [[members]],
  listRosters: [[[{ teamName: 't1' }, { teamName: 't2' }]]],
  listRosterAt: [['t1', 1]],
  findStandingAt: [['t1', 1, 'u1']],
  holdMembership: [[]],
  lockMembership: [[]],
  lockTeamsOfUsers: [[members]],
  lockTeam: [['t1']],
  insertTeam: [['new']],
  insertMembers: [['empty', members.map((userId) => ({ userId, username: 'name', isActive: true })), 'local']],
  updateActiveFlags: [[members.map((userId) => ({ userId, isActive: false, actor: 'local' }))]],
  updatePolicy: [['t1', 'random', 1]],
  listTeamsAsJson: [[['t1', 't2']]],
  listTeams: [[{ after: null, limit: 21 }], [{ after: 't50', limit: 21 }]],
  findUsers: [[['u1', 'u2']]],
  listUsers: [
    [{ teamName: null, isActive: null, after: null, limit: 51 }],
    [{ teamName: 't1', isActive: null, after: 'u1', limit: 51 }],
    [{ teamName: 't1', isActive: true, after: null, limit: 51 }],
    [{ teamName: null, isActive: true, after: 'u2', limit: 51 }],
  ],
  // reviews
  insertPullRequests: [[newPullRequests]],
  insertAssumedPullRequests: [[assumedPullRequests]],
  updateAssumedReviewers: [[assumedReassignments]],
  updateReviewers: [[reassignments]],
  insertDeactivation: [[deactivation, 'local']],
  lockDeactivation: [
    ['t1', null],
    ['t1', 'd1'],
  ],
  markUndone: [['d1']],
  listDecisions: [['pr1', nobodyAt]],
  listAllDecisions: [
    [{ after: { pullRequestId: '', number: 0 }, limit: 500 }, nobodyAt],
    [{ after: { pullRequestId: 'pr7', number: 1 }, limit: 500 }, nobodyAt],
  ],
  countDecisions: [[]],
  lockPullRequests: [[ids('pr', 1, 2, 40_000)]],
  lockOpenReviewsOf: [[members]],
  mergePullRequests: [[ids('pr', 1, 2, 3)]],
  listExistingIds: [[ids('pr', 1, 2, 99_999_999)]],
  countOpenReviews: [[members]],
  findPullRequests: [[ids('pr', 1, 2, 99_999_999)]],
  listReviewsAsJson: [[['u1', 'u2']]],
  listPullRequests: [
    [noFilter, newest],
    [noFilter, older],
    [{ ...noFilter, status: 'OPEN' }, newest],
    [{ ...noFilter, teamName: 't1' }, older],
    [{ ...noFilter, authorId: 'u1' }, newest],
    [{ ...noFilter, reviewerId: 'u1' }, newest],
    [{ ...noFilter, reviewerId: 'u1' }, older],
    [{ ...noFilter, status: 'OPEN', reviewerId: 'u2' }, newest],
    [{ ...noFilter, status: 'MERGED', authorId: 'u3' }, newest],
    [{ ...noFilter, status: 'OPEN', teamName: 't1' }, newest],
  ],
  // insights
  listUserLoads: [[window]],
  listPullRequestLoads: [[window, 100]],
  listTeamCounts: [[null]],
  // idempotency
  claimKeys: [
    [
      [
        { key: 'k1', fingerprint: 'f' },
        { key: 'new', fingerprint: 'f' },
      ],
    ],
  ],
  storeOutcomes: [[new Map([['k1', { ok: true, value: 1 }]])]],
  forgetOldKeys: [[24]],
}

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
    `INSERT INTO roster_change SELECT 1, team_name, user_id, v, 'active', 'local', now()
     FROM member, generate_series(1, 5) AS v`,
    `INSERT INTO pull_request (workspace_id, pull_request_id, pull_request_name, author_id, team_name, status,
       reviewer_ids, created_at, merged_at)
     SELECT 1, 'pr' || n, 'name', 'u' || 1 + n % ${MEMBERS}, 't' || 1 + n % ${TEAMS},
       CASE WHEN n % 10 = 0 THEN 'OPEN' ELSE 'MERGED' END,
       ARRAY['u' || 1 + (n + 100) % ${MEMBERS}, 'u' || 1 + (n + 1700) % ${MEMBERS}],
       timestamptz '2026-01-01Z' + n * interval '1 minute', CASE WHEN n % 10 > 0 THEN now() END
     FROM ${series(PULL_REQUESTS)}`,
    `INSERT INTO decision SELECT 1, pull_request_id, 1, 'create', team_name, reviewer_ids, NULL, '{}', 'local', created_at
     FROM pull_request`,
    `INSERT INTO deactivation SELECT 1, 'd' || n, 't' || 1 + n % ${TEAMS}, '{}', '[]', 'local', now() - n * interval '1 minute'
     FROM ${series(5000)}`,
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
