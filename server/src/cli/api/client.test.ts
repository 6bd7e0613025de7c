import { afterEach, expect, test } from 'bun:test'
import { connect } from './client.ts'

const servers: Bun.Server<undefined>[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop(true)))
})

function serverThat(answer: (path: string) => Response): string {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: ({ url }) => answer(new URL(url).pathname) })
  servers.push(server)
  return server.url.href
}

function tandemThat(answer: () => Response): string {
  return serverThat((path) => (path === '/readyz' ? Response.json({ status: 'ready' }) : answer()))
}

test('a call refused with 503 is repeated after the seconds in Retry-After', async () => {
  const askedMs: number[] = []
  const url = tandemThat(() => {
    askedMs.push(performance.now())
    return askedMs.length === 1
      ? Response.json(
          { error: { code: 'OVERLOADED', message: 'Try again.' } },
          { status: 503, headers: { 'Retry-After': '0.2' } },
        )
      : Response.json({ pr: 'opened' }, { status: 201 })
  })
  const client = await connect(url, {})

  expect(await client.post('/pullRequest/create', {})).toEqual({ refusal: null, body: { pr: 'opened' } })
  expect(askedMs[1]! - askedMs[0]!).toBeGreaterThan(190)
  expect(client.requestCount()).toBe(3)
})

test('only a refusal that is expected is an answer', async () => {
  const refusal = { error: { code: 'PR_EXISTS', message: 'It exists.' } }
  const client = await connect(
    tandemThat(() => Response.json(refusal, { status: 409 })),
    {},
  )

  expect(await client.post('/pullRequest/create', {}, ['PR_EXISTS'])).toEqual({ refusal: 'PR_EXISTS' })
  expect(client.post('/pullRequest/create', {})).rejects.toThrow(
    'POST /pullRequest/create answered 409 PR_EXISTS: It exists.',
  )
  expect(client.get('/pullRequest/get')).rejects.toThrow('GET /pullRequest/get answered 409 PR_EXISTS: It exists.')
})

test('without a server, the message says how to start one', () => {
  expect(connect('http://127.0.0.1:1', {})).rejects.toThrow(/Nothing answers at http:\/\/127.0.0.1:1\.[^]*npm start/)
})

test.each([
  () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }),
  () => new Response('', { status: 404 }),
  () => Response.json({ message: 'no such page' }, { status: 404 }),
  () => Response.json({ status: 'OK' }),
])('another program at the address is not taken for Tandem', (answer) => {
  expect(connect(serverThat(answer), {})).rejects.toThrow('is not Tandem')
})

test('a server that goes away in the middle is told, and how to go on', async () => {
  const client = await connect(
    tandemThat(() => Response.json({})),
    {},
  )
  await servers[0]!.stop(true)

  expect(client.get('/stats/get')).rejects.toThrow('stopped answering. Run the same command again')
})

test('the address is --url, else TANDEM_URL', async () => {
  const url = tandemThat(() => Response.json({}))

  expect((await connect(undefined, { TANDEM_URL: url })).url).toBe(url.replace(/\/$/, ''))
  expect((await connect(url, { TANDEM_URL: 'http://127.0.0.1:1' })).url).toBe(url.replace(/\/$/, ''))
  expect(connect('localhost:8080', {})).rejects.toThrow('--url must be like http://127.0.0.1:8080')
})
