import { describe, expect, test } from 'bun:test'
import { badCommands, badQuestions, brokenPercentSigns, type BadCase } from '../testing/bad-input.ts'
import { freshDatabase, type TestDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'
import { arrange, commands, questions, uploads } from '../testing/sound-requests.ts'

const database = await freshDatabase()
// Nobody is told of anything meanwhile: that would be written down.
const api = startServer(database, { WEBHOOK_EVERY_MS: '0' })
await arrange(api, database)

/** How many rows each table has, and the sum of all that stands in them. */
async function contentsOf({ sql }: Pick<TestDatabase, 'sql'>): Promise<Record<string, unknown>> {
  const tables = await sql<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
      WHERE schemaname IN ('public', 'tandem_jobs') ORDER BY 1`,
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

test('no operation is left out but those that take a stream', async () => {
  const { body } = await api.get('/openapi.json')
  const known = [...commands, ...questions].map(({ path }) => path)

  expect([...known, ...uploads].toSorted()).toEqual(Object.keys(body.paths).toSorted())
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
  const sound = startServer(fresh, { WEBHOOK_EVERY_MS: '0' })
  await arrange(sound, fresh)

  for (const { path, good } of questions) {
    const answer = await fetch(`${sound.url}${path}?${new URLSearchParams(good).toString()}`)
    // One of them has no end.
    await answer.body?.cancel()
    expect([path, answer.status]).toEqual([path, 200])
  }
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
