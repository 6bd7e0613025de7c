import { afterAll, describe, expect, test } from 'bun:test'
import { createApp } from '../../../app.ts'
import { readConfig } from '../../../config.ts'
import { listen } from '../../../infra/http/listen.ts'
import { createLogger } from '../../../infra/telemetry/logger.ts'
import { aPullRequest, aTeam, ids } from '../../../testing/builders.ts'
import { freshDatabase } from '../../../testing/database.ts'
import { startServer } from '../../../testing/server.ts'

const database = await freshDatabase()
const client = startServer(database, { REQUEST_TIMEOUT_MS: '300' })
await aTeam(client, { name: 'web', members: ids('w', 4) })
await aTeam(client, { name: 'core', members: ids('c', 4) })

async function open(url: string, query: Record<string, string> = {}) {
  const messages: any[] = []
  const opened = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<CloseEvent>()
  const socket = new WebSocket(`${url.replace('http', 'ws')}/live?${new URLSearchParams(query).toString()}`)
  afterAll(() => socket.close())
  socket.addEventListener('message', ({ data }) => messages.push(JSON.parse(data as string)))
  socket.addEventListener('open', () => opened.resolve())
  socket.addEventListener('close', closed.resolve)
  await opened.promise
  async function has(count: number): Promise<void> {
    for (let left = 1000; messages.length < count; left--) {
      if (left === 0) throw new Error(`Only ${messages.length} of ${count} messages came`)
      await Bun.sleep(10)
    }
  }
  return { socket, messages, has, closed: closed.promise }
}

function create(id: string, author: string) {
  return client.post('/pullRequest/create', aPullRequest({ id, author }))
}

async function listed(query: Record<string, string> = {}): Promise<any[]> {
  return (await client.get('/event/list', { limit: '500', ...query })).body.events
}

describe('/live', () => {
  test('sends what happens in a team as it happens, in order', async () => {
    const live = await open(client.url, { team_name: 'web' })
    await Bun.sleep(400)
    await create('core-1', 'c1')
    for (const id of ids('web-', 5)) await create(id, 'w1')
    await live.has(15)
    live.socket.close()

    expect(live.messages).toEqual((await listed({ team_name: 'web' })).slice(-15))
  })

  test('goes on after the last event somebody had', async () => {
    const all = await listed()
    const live = await open(client.url, { after: all[3].sequence })
    await live.has(all.length - 4)
    live.socket.close()

    expect(live.messages).toEqual(all.slice(4))
  })

  test('refuses what /event/stream refuses, and other paths are no WebSockets', async () => {
    const upgrade = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    }
    const wrong = await fetch(`${client.url}/live?after=x`, { headers: upgrade })
    const elsewhere = await fetch(`${client.url}/healthz`, { headers: upgrade })

    expect([wrong.status, ((await wrong.json()) as any).error.code]).toEqual([400, 'INVALID_REQUEST'])
    expect(elsewhere.status).toBe(200)
  })

  test('ends with a word when the process stops', async () => {
    const config = readConfig({ LOG_LEVEL: 'silent' })
    const log = createLogger('silent', false)
    const app = createApp({ config, databaseUrl: database.url, databaseIdentity: '', log })
    const listener = listen(app.fetch, { hostname: '127.0.0.1', port: 0, idleTimeoutS: 60, sockets: app.sockets })
    const live = await open(listener.url)
    app.beginStop()
    const { code, reason } = await live.closed
    await listener.stop(2000)
    await app.close()

    expect(live.messages).toEqual([{ end: 'STOPPING' }])
    expect([code, reason]).toEqual([1001, 'STOPPING'])
  })
})
