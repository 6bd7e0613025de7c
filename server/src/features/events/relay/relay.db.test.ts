import { afterAll, describe, expect, test } from 'bun:test'
import { connect, type ConsumeMessage } from 'amqplib'
import { aPullRequest, aTeam, ids } from '../../../testing/builders.ts'
import type { Client } from '../../../testing/client.ts'
import { freshDatabase, type TestDatabase } from '../../../testing/database.ts'
import { hasRabbit, startRabbit, type TestRabbit } from '../../../testing/rabbitmq.ts'
import { startServer, startServerProcess } from '../../../testing/server.ts'
import type { Event } from '../domain/event.ts'
import { EXCHANGE } from './broker-sink.ts'
import { startRelay, type Sink } from './relay.ts'

const PULL_REQUESTS = Number(process.env['RELAY_TEST_PULL_REQUESTS'] ?? 1250)
const BROKER_KILLS = Number(process.env['RELAY_TEST_BROKER_KILLS'] ?? 1)
const RELAY_KILLS = Number(process.env['RELAY_TEST_RELAY_KILLS'] ?? 3)

async function aTeamWithPullRequests(client: Client, count: number): Promise<void> {
  await aTeam(client, { name: 'web', members: ids('w', 6) })
  await open(client, ids('pr', count))
}

async function open(client: Client, pullRequestIds: readonly string[], atOnce = 20): Promise<void> {
  const waiting = [...pullRequestIds]
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        await client.post('/pullRequest/create', aPullRequest({ id, author: 'w1' }))
        await client.post('/pullRequest/merge', { pull_request_id: id })
      }
    }),
  )
}

async function listed(client: Client): Promise<any[]> {
  const events: any[] = []
  for (let after = '0'; ;) {
    const { body } = await client.get('/event/list', { after, limit: '500' })
    events.push(...body.events)
    if (body.next_cursor === null) return events
    after = body.next_cursor
  }
}

/** What somebody sees who throws away what they have seen before. */
function firstSights<T extends { id: string }>(seen: readonly T[]): T[] {
  return [...new Map(seen.toReversed().map((event) => [event.id, event])).values()].toReversed()
}

function bySubject(events: readonly { id: string; subject: string }[]): Record<string, string[]> {
  const subjects = Map.groupBy(events, ({ subject }) => subject)
  return Object.fromEntries([...subjects].map(([subject, all]) => [subject, all.map(({ id }) => id)]))
}

async function until(isDone: () => boolean | Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isDone())) {
    if (performance.now() > deadline) throw new Error('It did not come to that in time')
    await Bun.sleep(20)
  }
}

describe('relays into memory', () => {
  function aRelay(database: TestDatabase, name: string, publish: Sink['publish']) {
    const relay = startRelay({
      databaseUrl: database.url,
      workspaceId: 1,
      name,
      openSink: () => Promise.resolve({ publish, close: () => Promise.resolve() }),
      pollMs: 10,
      standbyMs: 20,
      pageSize: 7,
      onFailure: () => undefined,
    })
    afterAll(relay.stop)
    return relay
  }

  test('three of one name hand on every event once between them, in order, while changes are made', async () => {
    const database = await freshDatabase()
    const client = startServer(database)
    const seen: Event[] = []
    const relays = [1, 2, 3].map(() => aRelay(database, 'shared', async (events) => void seen.push(...events)))
    await aTeamWithPullRequests(client, 60)
    const wanted = (await listed(client)).map(({ id }) => id)
    await until(() => seen.length >= wanted.length)
    await Promise.all(relays.map((relay) => relay.stop()))

    expect(seen.map(({ id }) => id)).toEqual(wanted)
  })

  test('when the one at work stops, another goes on where it was', async () => {
    const database = await freshDatabase()
    const client = startServer(database)
    const seen: [string, Event][] = []
    const sink = (name: string) => (events: readonly Event[]) => {
      for (const event of events) seen.push([name, event])
      return Promise.resolve()
    }
    const first = aRelay(database, 'turns', sink('first'))
    await aTeamWithPullRequests(client, 10)
    await until(() => seen.length > 0)
    aRelay(database, 'turns', sink('second'))
    await first.stop()
    await open(client, ids('later', 10))
    const wanted = (await listed(client)).map(({ id }) => id)
    await until(() => seen.length >= wanted.length)

    expect(seen.map(([, { id }]) => id)).toEqual(wanted)
    expect(seen.at(-1)![0]).toBe('second')
  })

  test('what the sink did not take is handed on again, and nothing is passed over', async () => {
    const database = await freshDatabase()
    const client = startServer(database)
    const seen: Event[] = []
    let calls = 0
    aRelay(database, 'failing', async (events) => {
      // Some of them arrive all the same.
      seen.push(...events.slice(0, calls % 3))
      if (++calls % 2 === 1) throw new Error('It broke')
      seen.push(...events)
    })
    await aTeamWithPullRequests(client, 5)
    const wanted = (await listed(client)).map(({ id }) => id)
    await until(() => new Set(seen.map(({ id }) => id)).size >= wanted.length)

    expect(firstSights(seen).map(({ id }) => id)).toEqual(wanted)
  })
})

describe.if(hasRabbit)('relays to RabbitMQ', () => {
  /** A quorum queue that survives the broker, with one active consumer, so that what comes again comes before what follows it: as in deploy/consumer. */
  function consume(rabbit: TestRabbit): { seen: any[]; stop: () => void } {
    const seen: any[] = []
    let isStopped = false
    async function session(): Promise<void> {
      const connection = await connect(rabbit.url, { timeout: 2000 })
      const ended = Promise.withResolvers<void>()
      connection.on('error', () => undefined)
      connection.on('close', () => ended.resolve())
      const channel = await connection.createChannel()
      channel.on('error', () => undefined)
      await channel.assertExchange(EXCHANGE, 'topic', { durable: true })
      await channel.assertQueue('test', {
        durable: true,
        arguments: { 'x-queue-type': 'quorum', 'x-single-active-consumer': true },
      })
      await channel.bindQueue('test', EXCHANGE, '#')
      await channel.prefetch(200)
      await channel.consume('test', (message: ConsumeMessage | null) => {
        if (message === null) return
        const event = JSON.parse(message.content.toString())
        expect(message.properties.messageId).toBe(event.id)
        expect(message.fields.routingKey).toBe(event.type)
        seen.push(event)
        channel.ack(message)
      })
      while (!isStopped && !(await Promise.race([ended.promise.then(() => true), Bun.sleep(50)]))) continue
      await connection.close().catch(() => undefined)
    }
    async function run(): Promise<void> {
      while (!isStopped) await session().catch(() => Bun.sleep(100))
    }
    void run()
    const stop = () => void (isStopped = true)
    afterAll(stop)
    return { seen, stop }
  }

  test('every event arrives, in order for each pull request and none invented, while broker and relays are killed', async () => {
    const [database, rabbit] = await Promise.all([freshDatabase(), startRabbit()])
    const client = startServer(database)
    const consumer = consume(rabbit)
    await until(async () => queueIsBound(rabbit))
    const aRelayProcess = () => startServerProcess({ DATABASE_URL: database.url, AMQP_URL: rabbit.url })
    let relay = await aRelayProcess()
    await aTeam(client, { name: 'web', members: ids('w', 6) })
    const all = ids('pr', PULL_REQUESTS)
    const [relayKills, brokerKills] = [pointsOf(RELAY_KILLS), pointsOf(BROKER_KILLS)]
    const chunk = Math.ceil(PULL_REQUESTS / 24)
    for (let done = 0; done < 24; done++) {
      const writing = open(client, all.slice(done * chunk, (done + 1) * chunk))
      if (relayKills.includes(done)) {
        relay.kill('SIGKILL')
        await relay.exited
        relay = await aRelayProcess()
      }
      if (brokerKills.includes(done)) {
        await rabbit.kill()
        await rabbit.start()
      }
      await writing
    }
    const wanted = await listed(client)
    await until(() => new Set(consumer.seen.map(({ id }) => id)).size >= wanted.length)
    const first = firstSights(consumer.seen)

    expect(wanted.length).toBeGreaterThanOrEqual(4 * PULL_REQUESTS)
    expect(new Set(first.map(({ id }) => id))).toEqual(new Set(wanted.map(({ id }) => id)))
    expect(bySubject(first)).toEqual(bySubject(wanted))
    expect(first).toEqual(expect.arrayContaining(wanted.slice(0, 20)))
  }, 600_000)

  /** In which of 24 stretches of the load something is killed. */
  function pointsOf(kills: number): number[] {
    return Array.from({ length: kills }, (_, index) => Math.floor(((index + 1) * 24) / (kills + 1)))
  }

  async function queueIsBound(rabbit: TestRabbit): Promise<boolean> {
    try {
      const connection = await connect(rabbit.url, { timeout: 1000 })
      connection.on('error', () => undefined)
      const channel = await connection.createChannel()
      channel.on('error', () => undefined)
      await channel.checkQueue('test')
      await connection.close()
      return true
    } catch {
      return false
    }
  }
})
