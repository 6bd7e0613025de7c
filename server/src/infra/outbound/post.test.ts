import { afterAll, describe, expect, test } from 'bun:test'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { post, type PostOptions } from './post.ts'

const options: PostOptions = { headers: {}, allowPrivate: true, timeoutMs: 5000, signal: new AbortController().signal }

/** Answers each request with 204, unless told otherwise, and counts its connections. */
async function aServer(answer = (socket: Socket) => void socket.write('HTTP/1.1 204 No Content\r\n\r\n')) {
  const seen = { connections: 0, bodies: [] as string[] }
  const server = createServer((socket) => {
    seen.connections++
    socket.on('error', () => undefined)
    let text = ''
    socket.on('data', (data) => {
      text += data.toString()
      const [, body = ''] = text.split('\r\n\r\n')
      if (body === '') return
      text = ''
      seen.bodies.push(body)
      answer(socket)
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  afterAll(() => server.close())
  return { seen, port: (server.address() as AddressInfo).port }
}

describe('a connection', () => {
  test('is kept for what is sent next to the same place', async () => {
    const { seen, port } = await aServer()
    const bodies = Array.from({ length: 20 }, (_, number) => `number ${number}`)
    for (const body of bodies) expect(await post(`http://127.0.0.1:${port}/hook`, body, options)).toBe(204)

    expect(seen.bodies).toEqual(bodies)
    // The next may be sent before the answer to the last is read to its end.
    expect(seen.connections).toBeLessThanOrEqual(2)
  })

  test('that the other side closes costs nobody what was sent', async () => {
    // Too early to be noticed, too late to be avoided, and in between.
    const delays = [0, 1, 2, 5]
    let answered = 0
    const { seen, port } = await aServer((socket) => {
      socket.write('HTTP/1.1 204 No Content\r\n\r\n')
      setTimeout(() => socket.resetAndDestroy(), delays[answered++ % delays.length])
    })
    const bodies = Array.from({ length: 100 }, (_, number) => `number ${number}`)
    for (const body of bodies) {
      expect(await post(`http://127.0.0.1:${port}/hook`, body, options)).toBe(204)
      await Bun.sleep(1)
    }

    expect([...new Set(seen.bodies)]).toEqual(bodies)
  })

  test('that breaks when it was not used before is a failure, told once', async () => {
    const { seen, port } = await aServer((socket) => void socket.resetAndDestroy())
    const problem = await post(`http://127.0.0.1:${port}/hook`, 'a', options).catch((error: Error) => error.message)

    expect(problem).toStartWith('it cannot be reached')
    expect(seen.bodies).toEqual(['a'])
  })
})

test('an endless answer is not read to its end', async () => {
  const { port } = await aServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n')
    const timer = setInterval(() => socket.write('x'.repeat(10_000)), 1)
    socket.on('close', () => clearInterval(timer))
  })

  expect(await post(`http://127.0.0.1:${port}/`, 'a', options)).toBe(200)
  expect(await post(`http://127.0.0.1:${port}/`, 'b', options)).toBe(200)
})

test.each(['127.0.0.1', 'localhost', '[::1]'])(
  '%s is not told where private addresses are not allowed',
  async (host) => {
    const { seen, port } = await aServer()
    // A connection is there, of somebody who may.
    await post(`http://127.0.0.1:${port}/`, 'allowed', options)
    await post(`http://localhost:${port}/`, 'allowed', options)
    const problem = await post(`http://${host}:${port}/`, 'no', { ...options, allowPrivate: false }).catch(
      (error: Error) => error.message,
    )

    expect(problem).toBe('it is not on the open internet, and others are not read here')
    expect(seen.bodies).not.toContain('no')
  },
)
