import { describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../../../testing/builders.ts'
import { until } from '../../../testing/change-feed.ts'
import { openChat } from '../../../testing/chat-client.ts'
import type { Client } from '../../../testing/client.ts'
import { freshDatabase, type TestDatabase } from '../../../testing/database.ts'
import { hasRedis, startRedis, type TestRedis } from '../../../testing/redis.ts'
import { startServer, startServerProcess } from '../../../testing/server.ts'

/** Two processes on one database, and how they tell each other. */
type Pair = {
  redis: TestRedis | null
  database: TestDatabase
  settings: Record<string, string>
  one: Client
  two: Client
  rooms: string[]
}

async function startPair(redis: TestRedis | null): Promise<Pair> {
  const database = await freshDatabase()
  const settings: Record<string, string> = redis === null ? {} : { REDIS_URL: redis.url }
  const [one, two] = [startServer(database, settings), startServer(database, settings)]
  await aTeam(one, { name: 'web', members: ids('w', 5) })
  const pullRequests = ids('pr-', 20)
  for (const id of pullRequests) await one.post('/pullRequest/create', aPullRequest({ id, author: 'w1' }))
  return { redis, database, settings, one, two, rooms: pullRequests.map((id) => `pullRequest/${id}`) }
}

function breakFeeds(database: TestDatabase, redis: TestRedis | null): Promise<unknown> {
  return redis === null
    ? database.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'tandem-feed' AND datname = current_database()`)
    : redis.run('CLIENT', 'KILL', 'TYPE', 'pubsub')
}

const pairs = [
  { name: 'PostgreSQL', pair: await startPair(null) },
  { name: 'Redis', pair: hasRedis ? await startPair(await startRedis()) : null },
]

describe.each(pairs)('over $name, two processes', ({ pair }) => {
  describe.skipIf(pair === null)('are one:', () => {
    const { redis, database, settings, one, two, rooms } = pair!

    test('what is said by one is heard by the other, in one order, with nothing left out', async () => {
      const room = rooms[0]!
      const writers = await Promise.all(ids('w', 4).map((id, index) => openChat(index % 2 === 0 ? one : two, id)))
      for (const writer of writers) await writer.join(room)
      await Promise.all(writers.map(async (writer) => Promise.all(ids('m', 50).map((id) => writer.say(room, id)))))
      await Promise.all(writers.map((writer) => writer.has(room, 200)))

      for (const writer of writers) {
        expect(writer.numbers(room)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
        expect(writer.said.get(room)).toEqual(writers[0]!.said.get(room))
      }
    })

    test('who is there and who types is shown by both', async () => {
      const room = rooms[1]!
      const [ada, bob] = [await openChat(one, 'w1'), await openChat(two, 'w2')]
      await ada.join(room)
      await until(async () => (await two.get('/room/get', { room })).body.present.includes('w1'))
      expect((await bob.join(room)).present).toEqual(['w1', 'w2'])
      await ada.sees(room, ['w1', 'w2'])
      bob.send({ type: 'typing', room })
      expect(await ada.next({ type: 'typing' })).toEqual({ type: 'typing', room, user_id: 'w2' })
      ada.close()
      await bob.sees(room, ['w2'])

      expect((await one.get('/room/get', { room })).body.present).toEqual(['w2'])
    })

    test('a process that starts later knows who is there', async () => {
      const room = rooms[2]!
      const ada = await openChat(one, 'w1')
      await ada.join(room)
      const late = startServer(database, settings)
      await until(async () => (await late.get('/room/get', { room })).body.present.includes('w1'))

      expect((await (await openChat(late, 'w2')).join(room)).present).toEqual(['w1', 'w2'])
    })

    test('nothing is missed where they cannot hear each other for a while', async () => {
      const room = rooms[3]!
      const [ada, bob] = [await openChat(one, 'w1'), await openChat(two, 'w2')]
      await Promise.all([ada.join(room), bob.join(room)])
      for (let round = 0; round < 5; round++) {
        await breakFeeds(database, redis)
        await Promise.all(ids(`r${round}-`, 10).map((id) => ada.say(room, id)))
      }
      const cleo = await openChat(one, 'w3')
      await cleo.join(room)
      await bob.has(room, 50)
      for (const client of [ada, bob]) await client.sees(room, ['w1', 'w2', 'w3'])

      expect(bob.numbers(room)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
    }, 40_000)

    test('who was in a killed process is gone soon, and whoever is in another one stays', async () => {
      const room = rooms[4]!
      const environment = { DATABASE_URL: database.url, ...settings }
      const [kept, doomed] = [await startServerProcess(environment), await startServerProcess(environment)]
      const [ada, bob] = [await openChat(kept, 'w1'), await openChat(doomed, 'w2')]
      const [both, again] = [await openChat(doomed, 'w3'), await openChat(kept, 'w3')]
      for (const client of [ada, bob, both, again]) await client.join(room)
      await ada.sees(room, ['w1', 'w2', 'w3'])
      doomed.kill('SIGKILL')
      await ada.sees(room, ['w1', 'w3'])

      expect((await kept.get('/room/get', { room })).body.present).toEqual(['w1', 'w3'])
    }, 40_000)

    test('what nobody told of is found all the same', async () => {
      const room = rooms[5]!
      const ada = await openChat(one, 'w1')
      await ada.join(room)
      await ada.say(room, 'first')
      await database.sql(
        `WITH written AS (
           INSERT INTO room_message (workspace_id, room_name, number, user_id, client_id, text) VALUES (1, $1, 2, 'w2', 'x', 'x')
         )
         UPDATE room SET last_number = 2 WHERE room_name = $1`,
        [room],
      )
      await ada.has(room, 2)

      expect(ada.numbers(room)).toEqual([1, 2])
    })
  })
})
