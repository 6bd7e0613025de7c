import { describe, expect, test } from 'bun:test'
import { createApp } from '../../../app.ts'
import { readConfig } from '../../../config.ts'
import { listen } from '../../../infra/http/listen.ts'
import { createLogger } from '../../../infra/telemetry/logger.ts'
import { aPullRequest, aTeam, ids } from '../../../testing/builders.ts'
import { openChat } from '../../../testing/chat-client.ts'
import { freshDatabase } from '../../../testing/database.ts'
import { startServer } from '../../../testing/server.ts'

const database = await freshDatabase()
const client = startServer(database)
await aTeam(client, { name: 'web', members: ids('w', 4) })
const rooms = ids('pullRequest/pr-', 60)
for (const room of rooms) {
  await client.post('/pullRequest/create', aPullRequest({ id: room.slice('pullRequest/'.length), author: 'w1' }))
}
const [ROOM, OTHER, THIRD] = rooms as [string, string, string]
const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

async function refusalOf(url: string, query: string): Promise<[number, string, string | null]> {
  const response = await fetch(`${url}/chat${query}`, { headers: UPGRADE })
  const { error } = (await response.json()) as { error: { code: string } }
  return [response.status, error.code, response.headers.get('Retry-After')]
}

describe('who has joined a room', () => {
  test('is given what was said since, then what is said, and everything once', async () => {
    const [ada, bob] = [await openChat(client, 'w1'), await openChat(client, 'w2')]
    await ada.join(ROOM)
    for (const id of ids('early', 60)) await ada.say(ROOM, id)
    const joined = await bob.join(ROOM, 5)
    await Promise.all(ids('late', 20).map((id) => ada.say(ROOM, id)))
    await bob.has(ROOM, 75)

    expect(joined).toEqual({ type: 'joined', room: ROOM, last_number: 60, present: ['w1', 'w2'] })
    expect(bob.numbers(ROOM)).toEqual(Array.from({ length: 75 }, (_, index) => index + 6))
    expect(ada.numbers(ROOM)).toEqual(Array.from({ length: 80 }, (_, index) => index + 1))
    expect(bob.said.get(ROOM)!.at(-1)).toMatchObject({ number: 80, user_id: 'w1', text: expect.any(String) })
  })

  test('is given nothing old who does not ask for it, and nothing any more once gone', async () => {
    const [ada, bob] = [await openChat(client, 'w1'), await openChat(client, 'w2')]
    await ada.say(OTHER, 'before')
    await bob.join(OTHER)
    await ada.say(OTHER, 'during')
    await bob.has(OTHER, 1)
    bob.send({ type: 'leave', room: OTHER })
    await bob.next({ type: 'left', room: OTHER })
    await ada.say(OTHER, 'after')
    const { last_number } = await bob.join(OTHER)

    expect(bob.said.get(OTHER)!.map(({ client_id }) => client_id)).toEqual(['during'])
    expect(last_number).toBe(3)
  })

  test('gets an answer with the number that the message has for all, the same one when sent again', async () => {
    const ada = await openChat(client, 'w1')
    const first = await ada.say(THIRD, 'once')
    const again = await ada.say(THIRD, 'once', 'Another text')

    expect(first).toEqual({ type: 'sent', room: THIRD, client_id: 'once', number: 1, sent_at: expect.any(String) })
    expect(again).toEqual(first)
  })

  test('may send many at once and finds them in the order they were sent', async () => {
    const room = rooms[4]!
    const ada = await openChat(client, 'w1')
    await ada.join(room)
    const wanted = ids('burst-', 60)
    for (const client_id of wanted) ada.send({ type: 'send', room, client_id, text: 'x' })
    await ada.has(room, 60)

    expect(ada.said.get(room)!.map(({ client_id }) => client_id)).toEqual(wanted)
  })
})

describe('a message that is refused', () => {
  const text = 'x'
  const join = (room: string, more = {}) => ({ type: 'join', room, ...more })
  test.each([
    ['not JSON', '{', 'INVALID_REQUEST', {}],
    ['no object', '17', 'INVALID_REQUEST', {}],
    ['no type', {}, 'INVALID_REQUEST', {}],
    ['an unknown type', { type: 'shout', room: ROOM }, 'INVALID_REQUEST', { type: 'shout', room: ROOM }],
    ['a field too many', join(ROOM, { x: 1 }), 'INVALID_REQUEST', { type: 'join', room: ROOM }],
    ['no room', join('kitchen/1'), 'INVALID_REQUEST', { type: 'join', room: 'kitchen/1' }],
    ['a negative place', join(ROOM, { after: -1 }), 'INVALID_REQUEST', { type: 'join', room: ROOM }],
    ['a place that is not there', join(rooms[5]!, { after: 1 }), 'INVALID_REQUEST', { type: 'join', room: rooms[5]! }],
    ['a room of nothing', join('team/none'), 'NOT_FOUND', { type: 'join', room: 'team/none' }],
    ['leaving where one is not', { type: 'leave', room: ROOM }, 'NOT_JOINED', { type: 'leave', room: ROOM }],
    ['typing where one is not', { type: 'typing', room: ROOM }, 'NOT_JOINED', { type: 'typing', room: ROOM }],
    [
      'an empty text',
      { type: 'send', room: ROOM, client_id: 'e', text: '' },
      'INVALID_REQUEST',
      { type: 'send', room: ROOM, client_id: 'e' },
    ],
    ['no client id', { type: 'send', room: ROOM, text }, 'INVALID_REQUEST', { type: 'send', room: ROOM }],
    [
      'a room of nothing to write in',
      { type: 'send', room: 'team/none', client_id: 'n', text },
      'NOT_FOUND',
      { type: 'send', room: 'team/none', client_id: 'n' },
    ],
  ])('%s is named with its code, and changes nothing', async (_, message, code, refused) => {
    const before = await database.sql('SELECT * FROM room')
    const ada = await openChat(client, 'w1')
    ada.send(message)

    expect(await ada.next({ type: 'error' })).toEqual({
      type: 'error',
      error: { code, message: expect.stringMatching(/\S/) },
      refused,
    })
    expect(await database.sql('SELECT * FROM room')).toEqual(before)
    expect(ada.isOpen()).toBeTrue()
  })

  test('is the second join of a room, and the 51st room', async () => {
    const ada = await openChat(client, 'w1')
    for (const room of rooms.slice(0, 50)) await ada.join(room)
    ada.send(join(ROOM))
    ada.send(join(rooms[50]!))

    expect((await ada.next({ type: 'error', refused: { type: 'join', room: ROOM } })).error.code).toBe('ALREADY_JOINED')
    expect((await ada.next({ type: 'error', refused: { room: rooms[50]! } })).error.code).toBe('TOO_MANY_ROOMS')
  })

  test('is what comes while 64 are waiting, and it may be sent again', async () => {
    const room = rooms[6]!
    const ada = await openChat(client, 'w1')
    for (const client_id of ids('many', 200)) ada.send({ type: 'send', room, client_id, text })
    const refused = await ada.next({ type: 'error' })
    await ada.answered(200)
    await ada.say(room, 'last')
    await ada.say(room, refused.refused.client_id)

    expect(refused.error.code).toBe('TOO_MANY_MESSAGES')
    const codes = ada.heard.flatMap(({ error }) => (error === undefined ? [] : [error.code]))
    const acknowledged = ada.heard.filter(({ type }) => type === 'sent').length
    expect(new Set(codes)).toEqual(new Set(['TOO_MANY_MESSAGES']))
    expect(codes.length + acknowledged).toBe(202)
    expect((await client.get('/room/get', { room })).body.last_number).toBe(acknowledged)
  })
})

describe('somebody who types', () => {
  test('is shown to the others in the room, but not to oneself, and once a second at most', async () => {
    const room = rooms[7]!
    const [ada, bob, cleo] = [await openChat(client, 'w1'), await openChat(client, 'w2'), await openChat(client, 'w3')]
    await Promise.all([ada.join(room), bob.join(room), cleo.join(rooms[8]!)])
    for (let count = 0; count < 5; count++) ada.send({ type: 'typing', room })
    await ada.say(room, 'done')
    await bob.has(room, 1)

    const typing = (one: typeof ada) => one.heard.filter(({ type }) => type === 'typing')
    expect(typing(bob)).toEqual([{ type: 'typing', room, user_id: 'w1' }])
    expect([typing(ada), typing(cleo)]).toEqual([[], []])
  })
})

describe('who is in a room', () => {
  test('is told to those who are there, when the first connection comes and when the last one goes', async () => {
    const room = rooms[9]!
    const [ada, bob, second] = [
      await openChat(client, 'w1'),
      await openChat(client, 'w2'),
      await openChat(client, 'w2'),
    ]
    await ada.join(room)
    await bob.join(room)
    await ada.sees(room, ['w1', 'w2'])
    await second.join(room)
    expect((await client.get('/room/get', { room })).body.present).toEqual(['w1', 'w2'])
    bob.close()
    await bob.closed
    await Bun.sleep(100)
    expect((await client.get('/room/get', { room })).body.present).toEqual(['w1', 'w2'])
    second.close()
    await ada.sees(room, ['w1'])

    expect((await client.get('/room/get', { room })).body.present).toEqual(['w1'])
    expect(
      ada.heard.filter(({ type, came, went }) => type === 'presence' && [...came, ...went].includes('w2')),
    ).toHaveLength(2)
  })
})

describe('a connection', () => {
  test('is refused without a user, for one that is unknown, and for what is not understood', async () => {
    expect(await refusalOf(client.url, '')).toEqual([400, 'INVALID_REQUEST', null])
    expect(await refusalOf(client.url, '?user_id=')).toEqual([400, 'INVALID_REQUEST', null])
    expect(await refusalOf(client.url, '?user_id=w1&x=1')).toEqual([400, 'INVALID_REQUEST', null])
    expect(await refusalOf(client.url, '?user_id=nobody')).toEqual([404, 'NOT_FOUND', null])
  })

  test('is refused where there are as many as may be, and taken when one has gone', async () => {
    const small = startServer(database, { CHAT_CLIENTS_MAX: '2' })
    const [ada] = [await openChat(small, 'w1'), await openChat(small, 'w2')]
    expect(await refusalOf(small.url, '?user_id=w3')).toEqual([503, 'TOO_MANY_CLIENTS', '1'])
    ada.close()
    await ada.closed
    await Bun.sleep(50)

    expect((await openChat(small, 'w3')).isOpen()).toBeTrue()
  })

  test('that sends more than a message may have is closed', async () => {
    const ada = await openChat(client, 'w1')
    ada.send('x'.repeat(70_000))

    expect((await ada.closed).code).toBeOneOf([1006, 1009])
  })
})

test('a process that stops acknowledges what it was sent, says so and closes', async () => {
  const room = rooms[10]!
  const log = createLogger('silent', false)
  const app = createApp({
    config: readConfig({ LOG_LEVEL: 'silent' }),
    databaseUrl: database.url,
    databaseIdentity: '',
    log,
  })
  const listener = listen(app.fetch, { hostname: '127.0.0.1', port: 0, idleTimeoutS: 60, sockets: app.sockets })
  const [ada, idle] = [await openChat(listener, 'w1'), await openChat(listener, 'w2')]
  const wanted = ids('last', 50)
  for (const client_id of wanted) ada.send({ type: 'send', room, client_id, text: 'x' })
  await ada.next({ type: 'sent' })
  app.beginStop()
  const stopped = listener.stop(5000)
  const { code, reason } = await ada.closed
  await Promise.all([stopped, idle.closed])
  await app.close()

  expect([code, reason]).toEqual([1001, 'STOPPING'])
  expect([ada, idle].map(({ heard }) => heard.at(-1))).toEqual([{ end: 'STOPPING' }, { end: 'STOPPING' }])
  const acknowledged = ada.heard.flatMap(({ type, client_id }) => (type === 'sent' ? [client_id] : []))
  const stored = await database.sql<{ client_id: string }>(
    'SELECT client_id FROM room_message WHERE room_name = $1 ORDER BY number',
    [room],
  )
  expect(acknowledged).not.toBeEmpty()
  expect(stored.map(({ client_id }) => client_id)).toEqual(acknowledged)
})
