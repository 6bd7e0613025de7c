import { describe, expect, test } from 'bun:test'
import { openFeed, startFeed, type TestFeed, until } from '../../testing/change-feed.ts'
import { hasRedis, startRedis, type TestRedis } from '../../testing/redis.ts'
import { startTcpProxy } from '../../testing/tcp-proxy.ts'
import { createLogger } from '../telemetry/logger.ts'
import { openRedis, type Redis } from './redis-channel.ts'
import { createSharedAnswers, type SharedAnswers, type SharedAnswersOptions } from './shared-answers.ts'

type Process = { feed: TestFeed; shared: SharedAnswers; redis: Redis }

const redisServer = hasRedis ? await startRedis() : null
const silent = createLogger('silent', false)

/** A slow machine is not what these tests are about. */
const PATIENT: SharedAnswersOptions = { giveUpAfterMs: 10_000, restMs: 0 }

let scopes = 0
function aScope(): string {
  return `scope ${++scopes}`
}

async function aProcess(url: string, scope: string, options: SharedAnswersOptions = {}): Promise<Process> {
  const redis = openRedis({ url, scope })
  const feed = await startFeed(redis.openChannel)
  return { redis, feed, shared: createSharedAnswers(redis, feed, silent, { ...PATIENT, ...options }) }
}

/** The body that is found, or undefined for a ticket. */
async function bodyOf({ shared }: Process, key: string): Promise<string | undefined> {
  const found = (await shared.fetch([key]))!.get(key)!
  return 'body' in found ? found.body : undefined
}

async function ticketOf({ shared }: Process, key: string): Promise<string> {
  const found = (await shared.fetch([key]))!.get(key)!
  if ('body' in found) throw new Error(`There is a body for ${key} already`)
  return found.ticket
}

async function put(process: Process, key: string, body: string): Promise<void> {
  process.shared.store([{ key, body, ticket: await ticketOf(process, key) }])
  expect(await bodyOf(process, key)).toBe(body)
}

describe.skipIf(redisServer === null)('answers in Redis', () => {
  const server = redisServer as TestRedis

  test('are found by every process of the installation, and by no other', async () => {
    const scope = aScope()
    const [one, two] = [await aProcess(server.url, scope), await aProcess(server.url, scope)]
    const stranger = await aProcess(server.url, aScope())

    await put(one, '/team/get?team_name=ключ', '{"имя":"✓\\n"}')

    expect(await bodyOf(two, '/team/get?team_name=ключ')).toBe('{"имя":"✓\\n"}')
    expect(await bodyOf(stranger, '/team/get?team_name=ключ')).toBeUndefined()
  })

  test('are gone for whoever hears of the change', async () => {
    const scope = aScope()
    const [one, two] = [await aProcess(server.url, scope), await aProcess(server.url, scope)]
    await put(one, 'a', '1')
    await put(one, 'b', '1')

    one.feed.publish(['a'])
    await until(() => two.feed.heard.length > 0)

    expect([await bodyOf(two, 'a'), await bodyOf(two, 'b')]).toEqual([undefined, '1'])
  })

  test('are all gone when all have changed', async () => {
    const one = await aProcess(server.url, aScope())
    await put(one, 'a', '1')

    one.feed.publish(null)

    expect(await bodyOf(one, 'a')).toBeUndefined()
  })

  test('are not stored when they were changed after the ticket was had, by whomever', async () => {
    const scope = aScope()
    const [one, two] = [await aProcess(server.url, scope), await aProcess(server.url, scope)]
    const [first, second] = [await ticketOf(one, 'first'), await ticketOf(one, 'second')]

    one.feed.publish(['first'])
    two.feed.publish(['second'])
    await until(() => one.feed.heard.length > 0)
    one.shared.store([
      { key: 'first', body: 'old', ticket: first },
      { key: 'second', body: 'old', ticket: second },
    ])

    expect([await bodyOf(one, 'first'), await bodyOf(one, 'second')]).toEqual([undefined, undefined])
  })

  test('are not stored with a ticket from before FLUSHALL', async () => {
    const one = await aProcess(server.url, aScope())
    const ticket = await ticketOf(one, 'a')

    await server.run('FLUSHALL')
    one.shared.store([{ key: 'a', body: 'old', ticket }])

    expect(await bodyOf(one, 'a')).toBeUndefined()
    await put(one, 'a', 'new')
  })

  test('live as long as their ticket, and tell their age', async () => {
    const one = await aProcess(server.url, aScope(), { maxAgeMs: 300 })
    const [early, late] = [await ticketOf(one, 'early'), await ticketOf(one, 'late')]
    one.shared.store([{ key: 'early', body: '1', ticket: early }])
    const found = (await one.shared.fetch(['early']))!.get('early')!
    const names = ['early', 'late'].map(one.redis.answerKey)
    await until(async () => (await server.run('EXISTS', ...names)) === 0)
    one.shared.store([{ key: 'late', body: '1', ticket: late }])

    expect(found).toEqual({ body: '1', ageMs: expect.any(Number) })
    expect(await bodyOf(one, 'late')).toBeUndefined()
  })

  test('are forgotten when a process comes that cannot know what the one before it left undone', async () => {
    const scope = aScope()
    const one = await aProcess(server.url, scope)
    await put(one, 'a', '1')

    await aProcess(server.url, scope)

    expect(await bodyOf(one, 'a')).toBeUndefined()
  })

  test('are forgotten when a process lost its connection, with the change that it could not confirm', async () => {
    const scope = aScope()
    const proxy = await startTcpProxy(server.port)
    const one = await aProcess(`redis://127.0.0.1:${proxy.port}`, scope)
    const two = await aProcess(server.url, scope)
    await put(one, 'a', '1')

    proxy.loseRequests()
    one.feed.publish(['a'])
    await until(() => two.feed.heard.includes('a'))

    expect(await bodyOf(two, 'a')).toBeUndefined()
  })

  test('are waited for a moment only, and then left alone for a while', async () => {
    const proxy = await startTcpProxy(server.port)
    const options = { giveUpAfterMs: 50, restMs: 3_600_000 }
    const one = await aProcess(`redis://127.0.0.1:${proxy.port}`, aScope(), options)

    proxy.delay(400)
    expect(await one.shared.fetch(['a'])).toBeNull()
    proxy.delay(0)
    expect(await one.shared.fetch(['a'])).toBeNull()
  })

  test('are not asked for while there is no connection', async () => {
    const redis = openRedis({ url: 'redis://127.0.0.1:1', scope: aScope() })
    const feed = openFeed(redis.openChannel)
    const shared = createSharedAnswers(redis, feed, silent)

    expect(await shared.fetch(['a'])).toBeNull()
    shared.store([{ key: 'a', body: '1', ticket: 'none' }])
    expect(await shared.fetch(['a'])).toBeNull()
  })

  test('answer nothing when Redis refuses, and again when it is well', async () => {
    const own = await startRedis()
    const one = await aProcess(own.url, aScope())
    await own.run('CONFIG', 'SET', 'maxmemory', '1')

    expect(await one.shared.fetch(['a'])).toBeNull()
    one.feed.publish(['a'])
    await own.run('CONFIG', 'SET', 'maxmemory', '0')

    await put(one, 'a', '1')
  })

  test('that a killed Redis brings back from its disk are not used', async () => {
    const own = await startRedis()
    const one = await aProcess(own.url, aScope())
    await put(one, 'a', 'old')
    await own.run('SAVE')
    one.feed.publish(['a'])
    expect(await bodyOf(one, 'a')).toBeUndefined()

    await own.kill()
    await until(() => !one.feed.isCurrent())
    expect(await one.shared.fetch(['a'])).toBeNull()
    await own.start()
    expect(await own.run('GET', one.redis.answerKey('a'))).toEndWith('old')
    await until(() => one.feed.isCurrent())

    expect(await bodyOf(one, 'a')).toBeUndefined()
  })
})

/** Reads, loads and changes of three processes, all at once; the database is a version for each key. */
async function race(
  url: string,
  disturb: (round: number) => Promise<unknown>,
): Promise<{ stale: string[]; hits: number }> {
  const scope = aScope()
  const keys = ['a', 'b', 'c', 'd']
  const versions = new Map(keys.map((key) => [key, 0]))
  const processes = await Promise.all([1, 2, 3].map(() => aProcess(url, scope)))
  const ownChanges = processes.map(() => new Map<string, number>())
  const stale: string[] = []
  let hits = 0

  async function read({ shared }: Process, key: string, changes: Map<string, number>): Promise<void> {
    const least = changes.get(key) ?? 0
    const found = (await shared.fetch([key]))?.get(key)
    if (found === undefined) return
    if ('body' in found) {
      hits++
      if (Number(found.body) < least) stale.push(`${key}: ${found.body} after ${least}`)
      return
    }
    if (Math.random() < 0.5) await Bun.sleep(Math.random() * 3)
    const body = String(versions.get(key))
    if (Math.random() < 0.5) await Bun.sleep(Math.random() * 3)
    shared.store([{ key, body, ticket: found.ticket }])
  }
  function change({ feed }: Process, key: string, changes: Map<string, number>): void {
    const version = versions.get(key)! + 1
    versions.set(key, version)
    feed.publish([key])
    changes.set(key, version)
  }
  async function work(process: Process, changes: Map<string, number>): Promise<void> {
    for (let step = 0; step < 150; step++) {
      const key = keys[Math.floor(Math.random() * keys.length)]!
      if (Math.random() < 0.25) change(process, key, changes)
      else await read(process, key, changes)
    }
  }

  for (let round = 1; round <= 4; round++) {
    const working = processes.flatMap((process, index) =>
      Array.from({ length: 6 }, () => work(process, ownChanges[index]!)),
    )
    await Promise.all([...working, disturb(round)])
    await until(() => processes.every(({ feed }) => feed.isCurrent()))
  }
  // Whatever each has told has been told when the heartbeats after it came back; then nobody finds anything old.
  for (const { feed } of processes) feed.publish(['the end'])
  await until(() => processes.every(({ feed }) => feed.heard.filter((key) => key === 'the end').length === 2))
  for (const process of processes) {
    for (const key of keys) {
      const body = await bodyOf(process, key)
      if (body !== undefined && Number(body) !== versions.get(key)) stale.push(`${key}: ${body} at the end`)
    }
  }
  return { stale, hits }
}

describe.skipIf(redisServer === null)('no process finds in Redis what it has changed before,', () => {
  const server = redisServer as TestRedis

  test('while three of them read, load and change at once', async () => {
    const { stale, hits } = await race(server.url, () => Promise.resolve())

    expect(stale).toEqual([])
    expect(hits).toBeGreaterThan(100)
  })

  test('nor while connections break and Redis forgets everything', async () => {
    const { stale, hits } = await race(server.url, async (round) => {
      await Bun.sleep(20)
      await (round % 2 === 0 ? server.run('FLUSHALL') : server.run('CLIENT', 'KILL', 'TYPE', 'pubsub'))
    })

    expect(stale).toEqual([])
    expect(hits).toBeGreaterThan(10)
  })
})
