import { afterAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { createApp } from '../../../app.ts'
import { readConfig } from '../../../config.ts'
import { listen } from '../../../infra/http/listen.ts'
import { createLogger } from '../../../infra/telemetry/logger.ts'
import { aPullRequest, aTeam, ids } from '../../../testing/builders.ts'
import { clientOf } from '../../../testing/client.ts'
import { freshDatabase } from '../../../testing/database.ts'
import { openEventStream } from '../../../testing/event-stream.ts'
import { startServer } from '../../../testing/server.ts'

const database = await freshDatabase()
const client = startServer(database, { REQUEST_TIMEOUT_MS: '300', EVENT_STREAMS_MAX: '6' })
const other = startServer(database)

await aTeam(other, { name: 'web', members: ids('w', 4) })
await aTeam(other, { name: 'core', members: ids('c', 4) })

function create(id: string, author: string) {
  return client.post('/pullRequest/create', aPullRequest({ id, author }))
}

async function listed(query: Record<string, string> = {}): Promise<any[]> {
  const { body } = await client.get('/event/list', { limit: '500', ...query })
  expect(body.next_cursor).toBeNull()
  return body.events
}

describe('a stream', () => {
  test('tells what happens from now on, whichever process did it, and outlives the time limit of requests', async () => {
    const before = await listed()
    const stream = await openEventStream(other)
    await Bun.sleep(400)
    await create('live-1', 'w1')
    await stream.has(3)
    stream.stop()

    expect(stream.status).toBe(200)
    expect(stream.headers.get('Content-Type')).toStartWith('text/event-stream')
    expect(stream.sent.map(({ data }) => data)).toEqual((await listed()).slice(before.length))
    expect(stream.sent.map(({ id, data }) => id === data.sequence)).toEqual([true, true, true])
  })

  test('can be of a team or of a person', async () => {
    const web = await openEventStream(client, { team_name: 'web' })
    const person = await openEventStream(client, { user_id: 'c1' })
    await create('team-1', 'c1')
    await create('team-2', 'w1')
    await create('team-3', 'c2')
    await web.has(3)
    await person.has(1)
    const { body } = await client.get('/pullRequest/get', { pull_request_id: 'team-3' })
    const isReviewer = (body.pr ?? body).assigned_reviewers.includes('c1')
    await person.has(isReviewer ? 3 : 1)
    web.stop()
    person.stop()

    expect(web.sent.map(({ data }) => data.subject)).toEqual(['team-2', 'team-2', 'team-2'])
    expect(person.sent[0]!.data).toMatchObject({ type: 'pullRequest.opened', subject: 'team-1' })
    for (const { data } of person.sent) expect(JSON.stringify(data)).toContain('"c1"')
  })

  test('resumes after the last event that somebody had, without a gap and without repeating', async () => {
    for (const id of ids('resume', 40)) await create(id, 'w2')
    const all = await listed()
    for (const from of [0, 7, all.length - 1]) {
      const lastId = from === 0 ? '0' : all[from - 1].sequence
      const stream = await openEventStream(client, {}, { 'Last-Event-ID': lastId })
      await stream.has(all.length - from)
      stream.stop()

      expect(stream.sent.map(({ data }) => data)).toEqual(all.slice(from))
    }
  })

  test('that is broken off and resumed again and again while changes are made misses nothing', async () => {
    const start = (await listed()).at(-1)!.sequence
    const seen: any[] = []
    let isDone = false
    const writing = (async () => {
      for (const id of ids('broken', 60)) await create(id, 'w3')
      isDone = true
    })()
    let last = start
    for (let rounds = 0; !isDone || rounds < 3; rounds++) {
      const stream = await openEventStream(client, { after: '0' }, { 'Last-Event-ID': last })
      await Bun.sleep(120)
      stream.stop()
      seen.push(...stream.sent)
      last = stream.sent.at(-1)?.id ?? last
    }
    await writing
    const wanted = await listed({ after: start })
    const stream = await openEventStream(client, {}, { 'Last-Event-ID': last })
    await stream.has(wanted.length - seen.length)
    stream.stop()
    seen.push(...stream.sent)

    expect(seen.map(({ data }) => data)).toEqual(wanted)
  })

  test('is refused where too many are served already, and there is room again once some have ended', async () => {
    const streams = await Promise.all(Array.from({ length: 6 }, () => openEventStream(client)))
    await Bun.sleep(50)
    const refused = await client.get('/event/stream')
    for (const stream of streams) stream.stop()
    await Bun.sleep(100)
    const again = await openEventStream(client)
    again.stop()

    expect([refused.status, refused.body.error.code]).toEqual([503, 'TOO_MANY_STREAMS'])
    expect(again.status).toBe(200)
  })

  test('refuses a place that is none', async () => {
    const { status, body } = await fetch(`${client.url}/event/stream`, { headers: { 'Last-Event-ID': 'x' } }).then(
      async (response) => ({ status: response.status, body: (await response.json()) as any }),
    )

    expect([status, body.error.code]).toEqual([400, 'INVALID_REQUEST'])
  })

  test('ends with a word when the process stops', async () => {
    const config = readConfig({ LOG_LEVEL: 'silent' })
    const log = createLogger('silent', false)
    const app = createApp({ config, databaseUrl: database.url, databaseIdentity: '', log })
    const listener = listen(app.fetch, { hostname: '127.0.0.1', port: 0, idleTimeoutS: 60 })
    const stream = await openEventStream(clientOf(listener.url))
    app.beginStop()
    await stream.ended
    await listener.stop(2000)
    await app.close()

    expect(stream.sent.at(-1)).toEqual({ id: null, event: 'end', data: { reason: 'STOPPING' } })
  })

  test('of somebody who reads nothing for a while holds up nobody, and has everything once they read again', async () => {
    const { port } = new URL(client.url)
    const slow = connect(Number(port), '127.0.0.1')
    afterAll(() => slow.destroy())
    slow.write('GET /event/stream HTTP/1.1\r\nHost: localhost\r\n\r\n')
    slow.pause()
    const quick = await openEventStream(client)
    await Bun.sleep(300)
    const start = await listed()
    for (let batch = 0; batch < 10; batch++) {
      await database.sql(
        `INSERT INTO event (workspace_id, type, subject, actor, data)
         SELECT 1, 'team.policyChanged', 'big-' || $1::int || '-' || n, 'local', json_build_object('text', repeat('x', 20000))
         FROM generate_series(1, 150) AS n`,
        [batch],
      )
    }
    await quick.has(1500)
    quick.stop()
    let [received, tail] = [0, '']
    slow.on('data', (chunk) => {
      tail = (tail + chunk.toString()).slice(-200_000)
      received += chunk.toString().split('\ndata: ').length - 1
    })
    slow.resume()
    for (let left = 500; received < 1500 && left > 0; left--) await Bun.sleep(20)

    expect(start.length).toBeGreaterThan(0)
    expect(received).toBe(1500)
    expect(tail).toContain('"subject":"big-9-150"')
  })
})
