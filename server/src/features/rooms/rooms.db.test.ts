import { describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../../testing/builders.ts'
import { freshDatabase } from '../../testing/database.ts'
import { startServer } from '../../testing/server.ts'

const database = await freshDatabase()
const one = startServer(database)
const two = startServer(database)
await aTeam(one, { name: 'web', members: [...ids('w', 4), { id: 'away', isActive: false }] })
await aTeam(one, { name: 'core', members: ids('c', 2) })
for (const id of ['pr-1', 'pr-2', 'org/repo/pull/17']) {
  await one.post('/pullRequest/create', aPullRequest({ id, author: 'w1' }))
}

function send(room: string, clientId: string, { user = 'w1', text = 'Hello', client = one } = {}) {
  return client.post('/room/send', { room, user_id: user, client_id: clientId, text })
}

async function numbersOf(room: string, query: Record<string, string> = {}): Promise<number[]> {
  const { body } = await two.get('/room/messages', { room, ...query })
  return body.messages.map(({ number }: { number: number }) => number)
}

describe('a message', () => {
  test('is there with its number, its time and what it says, for every process', async () => {
    const text = 'Second commit?\n\t“Да” 🚀 <b>'
    const { status, body } = await send('pullRequest/pr-1', 'a', { text })

    expect([status, body]).toEqual([
      200,
      {
        message: {
          room: 'pullRequest/pr-1',
          number: 1,
          user_id: 'w1',
          client_id: 'a',
          text,
          sent_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
        },
      },
    ])
    const { body: read } = await two.get('/room/messages', { room: 'pullRequest/pr-1' })
    expect(read).toEqual({ messages: [body.message], last_number: 1 })
  })

  test('that is sent again is there once, and the first one is the answer, whatever the other says', async () => {
    const first = await send('team/web', 'again')
    await send('team/web', 'other')
    const again = await send('team/web', 'again', { text: 'Something else', client: two })

    expect([again.status, again.body]).toEqual([200, first.body])
    expect(await numbersOf('team/web')).toEqual([1, 2])
  })

  test('of another writer or in another room is another, though it has the same client id', async () => {
    const all = [
      await send('team/core', 'same'),
      await send('team/core', 'same', { user: 'c1' }),
      await send('pullRequest/pr-2', 'same'),
    ]

    expect(all.map(({ body }) => body.message.number)).toEqual([1, 2, 1])
  })

  test('may come from whoever is known: from another team, and from somebody who is not active', async () => {
    expect((await send('team/core', 'guest', { user: 'w2' })).status).toBe(200)
    expect((await send('team/core', 'guest', { user: 'away' })).status).toBe(200)
  })

  test('may have 4,000 characters of any script, and no more', async () => {
    const [long, longer] = ['🚀'.repeat(4000), 'x'.repeat(4001)]

    expect((await send('pullRequest/pr-2', 'long', { text: long })).body.message.text).toBe(long)
    const refused = await send('pullRequest/pr-2', 'longer', { text: longer })
    expect([refused.status, refused.body.error.message]).toEqual([400, 'text: must have at most 4000 characters.'])
  })

  test.each([
    ['pullRequest/none', 'w1', 'No pull request has the id "none".'],
    ['team/none', 'w1', 'No team is called "none".'],
    ['team/pr-1', 'w1', 'No team is called "pr-1".'],
    ['pullRequest/web', 'w1', 'No pull request has the id "web".'],
    ['pullRequest/pr-1', 'nobody', 'No user has the id "nobody".'],
  ])('in %s from %s is refused, and leaves nothing behind', async (room, user, message) => {
    const before = await database.sql('SELECT * FROM room ORDER BY room_name')
    const { status, body } = await send(room, 'wrong', { user })

    expect([status, body.error]).toEqual([404, { code: 'NOT_FOUND', message }])
    expect(await database.sql('SELECT * FROM room ORDER BY room_name')).toEqual(before)
  })

  test('with an Idempotency-Key has the same answer each time', async () => {
    const body = { room: 'team/web', user_id: 'w1', client_id: 'keyed', text: 'Hello' }
    const headers = { 'Idempotency-Key': 'key-1' }
    const answers = await Promise.all([one, two, one].map((client) => client.post('/room/send', body, headers)))

    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1)
    const reused = await one.post('/room/send', { ...body, client_id: 'other' }, headers)
    expect(reused.body.error.code).toBe('IDEMPOTENCY_KEY_REUSED')
  })
})

describe('the messages of a room', () => {
  const room = 'pullRequest/org/repo/pull/17'

  test('can be read forwards, backwards and from the end', async () => {
    for (const clientId of ids('m', 9)) await send(room, clientId)

    expect(await numbersOf(room, { after: '0', limit: '3' })).toEqual([1, 2, 3])
    expect(await numbersOf(room, { after: '7', limit: '3' })).toEqual([8, 9])
    expect(await numbersOf(room, { after: '9' })).toEqual([])
    expect(await numbersOf(room, { before: '5', limit: '3' })).toEqual([2, 3, 4])
    expect(await numbersOf(room, { before: '1' })).toEqual([])
    expect(await numbersOf(room, { limit: '2' })).toEqual([8, 9])
    expect((await two.get('/room/get', { room })).body).toEqual({ room, last_number: 9, present: [] })
  })

  test('are none where nobody has written yet, and not found where there is nothing to write about', async () => {
    await one.post('/pullRequest/create', aPullRequest({ id: 'silent', author: 'w1' }))

    expect((await two.get('/room/messages', { room: 'pullRequest/silent' })).body).toEqual({
      messages: [],
      last_number: 0,
    })
    for (const path of ['/room/messages', '/room/get']) {
      expect((await two.get(path, { room: 'pullRequest/none' })).status).toBe(404)
    }
  })

  test('cannot be asked for after one and before another', async () => {
    const { status, body } = await two.get('/room/messages', { room, after: '1', before: '5' })

    expect([status, body.error.code]).toEqual([400, 'INVALID_REQUEST'])
  })
})

describe('fifty who write at once, on two processes,', () => {
  test('make one order without gaps in each room, though each sends everything twice', async () => {
    const rooms = ['team/web', 'team/core', 'pullRequest/pr-1']
    const starts = await Promise.all(rooms.map(async (room) => (await one.get('/room/get', { room })).body.last_number))
    const calls = Array.from({ length: 50 }, (_, writer) =>
      rooms.flatMap((room) =>
        [one, two].map((client) => send(room, `rush-${writer}`, { user: `w${1 + (writer % 4)}`, client })),
      ),
    )
    const answers = await Promise.all(calls.flat())

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    for (const [index, room] of rooms.entries()) {
      const given = answers.flatMap(({ body }) => (body.message.room === room ? [body.message] : []))
      const byClient = Map.groupBy(given, ({ user_id, client_id }) => `${user_id} ${client_id}`)
      for (const twice of byClient.values()) expect(twice[0]).toEqual(twice[1])
      const expected = Array.from({ length: 50 }, (_, count) => starts[index] + count + 1)
      expect([...byClient.values()].map(([message]) => message.number).toSorted((a, b) => a - b)).toEqual(expected)
      expect(await numbersOf(room, { after: String(starts[index]), limit: '500' })).toEqual(expected)
    }
  })
})
