import { describe, expect, test } from 'bun:test'
import {
  badCommands,
  badQuestions,
  brokenPercentSigns,
  type BadCase,
  type Command,
  type Question,
} from '../testing/bad-input.ts'
import { aPullRequest, aTeam } from '../testing/builders.ts'
import type { Client } from '../testing/client.ts'
import { freshDatabase, type TestDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'

const member = { user_id: 'new-1', username: 'New', is_active: true }

const CALENDAR =
  'BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n'

/** Every command with a body that would change something in what the test has arranged. */
const commands: readonly Command[] = [
  {
    path: '/team/add',
    good: { team_name: 'new-team', members: [member] },
    required: ['team_name', 'members', 'members[0].user_id', 'members[0].username', 'members[0].is_active'],
    fields: {
      team_name: 'text',
      members: 'people',
      'members[0].user_id': 'text',
      'members[0].username': 'text',
      'members[0].is_active': 'flag',
    },
  },
  {
    path: '/team/setPolicy',
    good: { team_name: 'crew', policy: 'random', reviewers_wanted: 1 },
    required: ['team_name'],
    fields: { team_name: 'text', policy: 'policy', reviewers_wanted: 'count' },
  },
  {
    path: '/team/deactivateMembers',
    good: { team_name: 'crew', user_ids: ['crew-2'], dry_run: false },
    required: ['team_name'],
    fields: { team_name: 'text', user_ids: 'ids', 'user_ids[0]': 'text', dry_run: 'flag', plan_id: 'token' },
  },
  {
    path: '/team/undoDeactivation',
    good: { team_name: 'rest' },
    required: ['team_name'],
    fields: { team_name: 'text', deactivation_id: 'text' },
  },
  {
    path: '/users/setIsActive',
    good: { user_id: 'crew-3', is_active: false },
    required: ['user_id', 'is_active'],
    fields: { user_id: 'text', is_active: 'flag' },
  },
  {
    path: '/member/setLimits',
    good: { user_id: 'crew-2', never_assign: true, never_assign_authors: ['crew-3'] },
    required: ['user_id'],
    fields: { user_id: 'text', never_assign: 'flag', 'never_assign_authors[0]': 'text' },
  },
  {
    path: '/member/setRamp',
    good: { user_id: 'crew-2', level: 'shadow' },
    required: ['user_id', 'level'],
    fields: { user_id: 'text', level: 'policy' },
  },
  {
    path: '/member/setCalendar',
    good: { user_id: 'crew-2', url: 'https://calendar.invalid/' },
    required: ['user_id', 'url'],
    fields: { user_id: 'text' },
  },
  {
    path: '/absence/add',
    good: { user_id: 'crew-2', from: '2199-01-01', to: '2199-01-02T00:00:00Z' },
    required: ['user_id', 'from', 'to'],
    fields: { user_id: 'text', absence_id: 'text', from: 'token', to: 'token' },
  },
  {
    path: '/absence/importCalendar',
    good: { user_id: 'crew-2', content: CALENDAR },
    required: ['user_id', 'content'],
    fields: { user_id: 'text' },
  },
  {
    path: '/pullRequest/create',
    good: { pull_request_id: 'pr-new', pull_request_name: 'New', author_id: 'crew-1', labels: ['urgent'] },
    required: ['pull_request_id', 'pull_request_name', 'author_id'],
    fields: {
      pull_request_id: 'text',
      pull_request_name: 'text',
      author_id: 'text',
      is_draft: 'flag',
      repository: 'text',
      files: 'people',
      'labels[0]': 'text',
      url: 'token',
    },
  },
  {
    path: '/pullRequest/merge',
    good: { pull_request_id: 'pr-1' },
    required: ['pull_request_id'],
    fields: { pull_request_id: 'text' },
  },
  {
    path: '/pullRequest/reassign',
    good: { pull_request_id: 'pr-1', old_user_id: 'crew-2' },
    required: ['pull_request_id', 'old_user_id'],
    fields: { pull_request_id: 'text', old_user_id: 'text', old_reviewer_id: 'text' },
  },
  {
    path: '/pullRequest/update',
    good: { pull_request_id: 'pr-1', pull_request_name: 'Other', labels: ['urgent'] },
    required: ['pull_request_id'],
    fields: {
      pull_request_id: 'text',
      pull_request_name: 'text',
      is_draft: 'flag',
      repository: 'text',
      files: 'people',
      'labels[0]': 'text',
      url: 'token',
    },
  },
  {
    path: '/pullRequest/assign',
    good: { pull_request_id: 'pr-1', user_id: 'crew-4', instead_of: 'crew-3' },
    required: ['pull_request_id', 'user_id'],
    fields: { pull_request_id: 'text', user_id: 'text', instead_of: 'text' },
  },
  {
    path: '/absence/remove',
    good: { absence_id: 'crew-away' },
    required: ['absence_id'],
    fields: { absence_id: 'text' },
  },
  {
    path: '/owners/set',
    good: { repository: 'crew/new', dialect: 'github', content: '* @crew-1' },
    required: ['repository', 'dialect', 'content'],
    fields: { repository: 'text', dialect: 'policy' },
  },
  {
    path: '/owners/remove',
    good: { repository: 'crew/web' },
    required: ['repository'],
    fields: { repository: 'text' },
  },
  {
    path: '/simulation/run',
    good: { repository: 'crew/web', rules: ['chrev'] },
    required: [],
    fields: { repository: 'text', 'rules[0]': 'policy', from: 'token', to: 'token' },
  },
]

const page = { cursor: 'cursor', limit: 'limit' } as const

/** Every question with a query that is answered. */
const questions: readonly Question[] = [
  { path: '/team/get', good: { team_name: 'crew' }, required: ['team_name'], fields: { team_name: 'text' } },
  { path: '/team/list', good: {}, required: [], fields: page },
  { path: '/users/get', good: { user_id: 'crew-1' }, required: ['user_id'], fields: { user_id: 'text' } },
  { path: '/users/list', good: {}, required: [], fields: { team_name: 'text', is_active: 'flag', ...page } },
  { path: '/team/getPolicy', good: { team_name: 'crew' }, required: ['team_name'], fields: { team_name: 'text' } },
  { path: '/member/get', good: { user_id: 'crew-1' }, required: ['user_id'], fields: { user_id: 'text' } },
  { path: '/absence/list', good: {}, required: [], fields: { user_id: 'text', team_name: 'text', ...page } },
  { path: '/users/getReview', good: { user_id: 'crew-1' }, required: ['user_id'], fields: { user_id: 'text' } },
  {
    path: '/pullRequest/get',
    good: { pull_request_id: 'pr-1' },
    required: ['pull_request_id'],
    fields: { pull_request_id: 'text' },
  },
  {
    path: '/pullRequest/list',
    good: {},
    required: [],
    fields: { status: 'status', team_name: 'text', author_id: 'text', reviewer_id: 'text', ...page },
  },
  {
    path: '/stats/get',
    good: {},
    required: [],
    fields: { team_name: 'text', from: 'time', to: 'time', limit: 'limit' },
  },
  {
    path: '/decision/get',
    good: { pull_request_id: 'pr-1' },
    required: ['pull_request_id'],
    fields: { pull_request_id: 'text' },
  },
  {
    path: '/decision/whyNot',
    good: { pull_request_id: 'pr-1', user_id: 'crew-1' },
    required: ['pull_request_id', 'user_id'],
    fields: { pull_request_id: 'text', user_id: 'text', number: 'number' },
  },
  { path: '/owners/get', good: { repository: 'crew/web' }, required: ['repository'], fields: { repository: 'text' } },
  {
    path: '/simulation/get',
    good: { simulation_id: 'done' },
    required: ['simulation_id'],
    fields: { simulation_id: 'text' },
  },
  { path: '/simulation/list', good: {}, required: [], fields: page },
]

const database = await freshDatabase()
const api = startServer(database)
await arrange(api, database)

/** What the good requests that the bad ones are made from speak of. */
async function arrange(client: Client, { sql }: Pick<TestDatabase, 'sql'>): Promise<void> {
  await aTeam(client, { name: 'crew', members: ['crew-1', 'crew-2', 'crew-3', { id: 'crew-4', isActive: false }] })
  await client.post('/pullRequest/create', aPullRequest({ id: 'pr-1', author: 'crew-1' }))
  await client.post('/users/setIsActive', { user_id: 'crew-4', is_active: true })
  await aTeam(client, { name: 'rest', members: ['rest-1', 'rest-2'] })
  await client.post('/team/deactivateMembers', { team_name: 'rest', user_ids: ['rest-2'] })
  const away = { user_id: 'crew-3', absence_id: 'crew-away', from: '2198-01-01', to: '2198-01-02' }
  await client.post('/absence/add', away)
  await client.post('/owners/set', { repository: 'crew/web', dialect: 'github', content: '* @crew-2' })
  await sql(`INSERT INTO simulation (workspace_id, simulation_id, request, status, actor)
    VALUES (1, 'done', '{"rules":[],"loadWeights":[1],"repository":null,"from":null,"to":null}', 'DONE', 'local')`)
  await sql(`INSERT INTO past_change
      (workspace_id, repository, change_id, author_id, reviewer_ids, written_at, landed_at, files)
    SELECT 1, 'crew/web', n, 'a', '{b}', at, at, '["a.ts"]'
    FROM generate_series(1, 500) AS g (n), LATERAL (SELECT timestamptz '2025-01-01Z' + n * interval '1 day') AS t (at)`)
}

/** How many rows each table has, and the sum of all that stands in them. */
async function contentsOf({ sql }: Pick<TestDatabase, 'sql'>): Promise<Record<string, unknown>> {
  const tables = await sql<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
  )
  const contents = tables.map(async ({ name }) => {
    const [row] = await sql(
      `SELECT count(*) AS rows, md5(string_agg(t::text, E'\\n' ORDER BY t::text)) AS sum FROM ${name} t`,
    )
    return [name, row] as const
  })
  return Object.fromEntries(await Promise.all(contents))
}

async function send({ method, target, headers, body }: BadCase): Promise<{ status: number; text: string }> {
  const content = typeof body === 'function' ? body() : body
  const response = await fetch(`${api.url}${target}`, {
    method,
    headers,
    ...(content !== undefined && { body: content }),
  })
  return { status: response.status, text: await response.text() }
}

async function expectRefusal(bad: BadCase): Promise<void> {
  const { status, text } = await send(bad)

  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(500)
  if (bad.status !== undefined) expect(status).toBe(bad.status)
  const body = JSON.parse(text)
  expect(body).toEqual({
    error: { code: expect.stringMatching(/^[A-Z][A-Z_]+$/), message: expect.stringMatching(/\S/) },
  })
  if (bad.names !== undefined) expect(body.error.message).toContain(bad.names)
}

const before = await contentsOf(database)
const all = [
  ...commands.map((command) => [`POST ${command.path}`, badCommands(command)] as const),
  ...questions.map((question) => [`GET ${question.path}`, badQuestions(question)] as const),
]

describe.each(all)('%s refuses', (_, cases) => {
  test.each(cases.map((bad) => [bad.title, bad] as const))('%s', async (_title, bad) => {
    await expectRefusal(bad)
  })

  test('all of that without a change to the database', async () => {
    expect(await contentsOf(database)).toEqual(before)
  })
})

test('there are more than 300 bad requests, no two of an operation with one title', () => {
  const titles = all.flatMap(([operation, cases]) => cases.map(({ title }) => `${operation}: ${title}`))

  expect(titles.length).toBeGreaterThanOrEqual(300)
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([])
})

test('a query whose percent signs stand for no character is refused', async () => {
  const accepted: string[] = []

  for (const bad of brokenPercentSigns(questions)) {
    const { status } = await send(bad)
    if (status < 400 || status >= 500) accepted.push(`${status} ${bad.title}`)
  }

  expect(accepted).toEqual([])
})

test('a body that begins with a byte order mark is refused', async () => {
  const bad = {
    title: 'a byte order mark',
    method: 'POST',
    target: '/team/add',
    headers: { 'Content-Type': 'application/json' },
    body: '\ufeff{"team_name":"marked","members":[]}',
  }

  await expectRefusal(bad)
})

test('the requests that the bad ones are made from are done', async () => {
  const fresh = await freshDatabase()
  const sound = startServer(fresh)
  await arrange(sound, fresh)

  for (const { path, good } of questions) expect([path, (await sound.get(path, good)).status]).toEqual([path, 200])
  for (const { path, good } of commands.toReversed()) {
    const { status } = await sound.post(path, good)
    expect([path, status < 300]).toEqual([path, true])
  }
})

test('the limits themselves are within: 255 characters, however many bytes they take', async () => {
  const sound = startServer(await freshDatabase())

  for (const name of ['x'.repeat(255), 'ж'.repeat(255), '😀'.repeat(255)]) {
    const { status } = await sound.post('/team/add', {
      team_name: name,
      members: [{ user_id: name, username: name, is_active: true }],
    })
    expect(status).toBe(201)
    expect((await sound.get('/users/get', { user_id: name })).status).toBe(200)
  }
})
