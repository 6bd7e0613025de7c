import { afterAll, describe, expect, test } from 'bun:test'
import { openFeed, startFeed, until } from '../../testing/change-feed.ts'
import { emptyDatabase } from '../../testing/database.ts'
import { hasRedis, startRedis } from '../../testing/redis.ts'
import { startTcpProxy, type TcpProxy } from '../../testing/tcp-proxy.ts'
import type { OpenChannel } from './change-feed.ts'
import { postgresChannel } from './postgres-channel.ts'
import { openRedis } from './redis-channel.ts'

/** What carries the feed, its connections directly or through a proxy, and a way to end them all. */
type Carrier = {
  url: string
  /** As code: another process opens the same channel. */
  openCode: string
  open: (url: string) => OpenChannel
  breakConnections: () => Promise<unknown>
}

const imports = { postgres: './postgres-channel.ts', redis: './redis-channel.ts', feed: './change-feed.ts' }

async function onPostgres(): Promise<Carrier> {
  const database = await emptyDatabase()
  return {
    url: database.url,
    openCode: `(await import(${moduleAt(imports.postgres)})).postgresChannel(url)`,
    open: postgresChannel,
    breakConnections: () =>
      database.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'tandem-feed' AND datname = current_database()`,
      ),
  }
}

async function onRedis(): Promise<Carrier> {
  const redis = await startRedis()
  return {
    url: redis.url,
    openCode: `(await import(${moduleAt(imports.redis)})).openRedis({ url, scope: 'test' }).openChannel`,
    open: (url) => openRedis({ url, scope: 'test' }).openChannel,
    breakConnections: () => redis.run('CLIENT', 'KILL', 'TYPE', 'pubsub'),
  }
}

function moduleAt(path: string): string {
  return JSON.stringify(Bun.resolveSync(path, import.meta.dir))
}

function keysOf(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `/users/getReview?user_id=${prefix}${index}`)
}

/** Another process with a feed: it publishes `name` when it is up, and says goodbye when its standard input closes. */
function startPeer({ url, openCode }: Carrier, name: string): Bun.Subprocess<'pipe', 'inherit', 'inherit'> {
  const program = `
    const { openChangeFeed } = await import(${moduleAt(imports.feed)})
    const url = ${JSON.stringify(url)}
    const log = { info() {}, warn() {} }
    const handlers = { onChanged() {}, onLost() {}, log }
    const feed = openChangeFeed(${openCode}, handlers, { heartbeatMs: 50 })
    feed.publish([${JSON.stringify(name)}])
    for await (const _ of process.stdin);
    await feed.close()
    process.exit()`
  const peer = Bun.spawn([process.execPath, '-e', program], { stdin: 'pipe', stdout: 'inherit', stderr: 'inherit' })
  afterAll(() => peer.kill('SIGKILL'))
  return peer
}

const carriers = [
  { name: 'PostgreSQL', carrier: await onPostgres() },
  { name: 'Redis', carrier: hasRedis ? await onRedis() : null },
]

describe.each(carriers)('over $name, what one process has changed', ({ carrier: present }) => {
  describe.skipIf(present === null)('is told to the others:', () => {
    const carrier = present!

    async function throughProxy(): Promise<{ proxy: TcpProxy; open: OpenChannel }> {
      const url = new URL(carrier.url)
      const proxy = await startTcpProxy(Number(url.port))
      url.port = String(proxy.port)
      return { proxy, open: carrier.open(url.href) }
    }

    test('each key once for each moment, in order, and not to itself', async () => {
      const [one, two] = [await startFeed(carrier.open(carrier.url)), await startFeed(carrier.open(carrier.url))]

      one.publish(['a', 'b', 'a'])
      one.publish(['b', 'ключ "с" пробелом\n'])
      await until(() => two.heard.length >= 3)
      two.publish(['d'])
      await until(() => one.heard.length > 0)
      one.publish(['e'])
      await until(() => two.heard.includes('e'))

      expect(two.heard).toEqual(['a', 'b', 'ключ "с" пробелом\n', 'e'])
      expect(one.heard).toEqual(['d'])
      expect([one.lost, two.lost]).toEqual([[], []])
    })

    test('thousands of keys in several messages, all of them and in order', async () => {
      const [one, two] = [await startFeed(carrier.open(carrier.url)), await startFeed(carrier.open(carrier.url))]
      const keys = keysOf('é'.repeat(50), 3000)

      one.publish(keys)
      await until(() => two.heard.length >= keys.length)

      expect(two.heard).toEqual(keys)
    })

    test('as a loss of everything when a key is too long for a message, or there are too many', async () => {
      const one = await startFeed(carrier.open(carrier.url), { maxWaitingKeys: 10 })
      const two = await startFeed(carrier.open(carrier.url))

      one.publish(['x'.repeat(9180)])
      await until(() => two.lost.length === 1)
      one.publish(keysOf('many', 11))
      await until(() => two.lost.length === 2)
      one.publish(null)
      await until(() => two.lost.length === 3)

      expect(two.heard).toEqual([])
    })

    test('also when all connections break in between: who lost its own forgets, and what could not be told is told later', async () => {
      const feeds = [await startFeed(carrier.open(carrier.url)), await startFeed(carrier.open(carrier.url))] as const
      const [one, two] = feeds

      for (let round = 1; round <= 3; round++) {
        const before = feeds.map(({ lost }) => lost.length)
        await carrier.breakConnections()
        one.publish([`in round ${round}`])
        await until(() => feeds.every(({ lost }, index) => lost.length >= before[index]! + 2))
        await until(() => feeds.every((feed) => feed.isCurrent()))
        one.publish([`after round ${round}`])
        await until(() => two.heard.includes(`after round ${round}`))
        // Either it was told, or it was told while nobody heard, before the second loss.
      }

      expect(feeds.flatMap(({ lost }) => lost)).not.toContain(true)
    })

    test('later, when its own connection is away while the others listen', async () => {
      const { proxy, open } = await throughProxy()
      const one = await startFeed(open)
      const two = await startFeed(carrier.open(carrier.url), { peerSilentMs: 3_600_000 })

      proxy.goDead()
      one.publish(['told into a dead connection'])
      await until(() => two.heard.length > 0)

      expect(two.heard).toEqual(['told into a dead connection'])
      expect(two.lost).toEqual([])
    })

    test('and nobody trusts a half-open connection: it is not current, and is made anew', async () => {
      const { proxy, open } = await throughProxy()
      const one = await startFeed(open, { maxLagMs: 200, maxUnanswered: 20 })
      const two = await startFeed(carrier.open(carrier.url))

      proxy.goDead()
      two.publish(['not heard by one'])
      await until(() => !one.isCurrent())
      await until(() => one.lost.length >= 2 && one.isCurrent())

      expect(one.lost).not.toContain(true)
      expect(one.warnings()).toEqual(['cannot hear what other processes change; connecting again'])
    })

    test('and a slow connection is not current, but loses nothing', async () => {
      const { proxy, open } = await throughProxy()
      const one = await startFeed(open, { maxLagMs: 200, maxUnanswered: 1000 })
      const two = await startFeed(carrier.open(carrier.url))

      proxy.delay(300)
      await until(() => !one.isCurrent())
      two.publish(['on a slow way'])
      await until(() => one.heard.length > 0)
      expect(one.isCurrent()).toBeFalse()
      proxy.delay(0)
      await until(() => one.isCurrent())

      expect(one.heard).toEqual(['on a slow way'])
      expect(one.lost).toEqual([])
    })

    test('unless it is killed before it could: then they forget everything, and not after a goodbye', async () => {
      const one = await startFeed(carrier.open(carrier.url), { peerSilentMs: 1000 })
      const polite = startPeer(carrier, 'polite')
      const killed = startPeer(carrier, 'killed')
      await until(() => one.heard.includes('polite') && one.heard.includes('killed'))

      await polite.stdin.end()
      await polite.exited
      killed.kill('SIGKILL')
      await until(() => one.lost.length > 0)
      // Whoever else had fallen silent would have been noticed by now, for it did so earlier.
      expect(one.lost).toHaveLength(1)
      expect(one.warnings()).toEqual([
        'another process fell silent without a goodbye: what it told last may be missing',
      ])
    })

    test('and a process that has not been connected yet is not current', async () => {
      const nowhere = new URL(carrier.url)
      nowhere.port = '1'
      const one = openFeed(carrier.open(nowhere.href))
      await until(() => one.warnings().length > 0)
      expect(one.isCurrent()).toBeFalse()
    })

    test('a message of a form that is not known counts as a loss', async () => {
      const one = await startFeed(carrier.open(carrier.url))
      const events = {
        onMessage() {},
        onUp: () => void raw.publish([{ text: '2 who knows', changed: [] }]),
        onDown() {},
      }
      const raw = carrier.open(carrier.url)(events)
      await until(() => one.lost.length > 0)
      raw.close()
      expect(one.lost).toHaveLength(1)
    })
  })
})
