import { afterEach, expect, test } from 'bun:test'
import { openConnection, postRequest, type Reply } from './connection.ts'

const opened: { stop: (closeAll: boolean) => void }[] = []
afterEach(() => {
  for (const server of opened.splice(0)) server.stop(true)
})

/** A server that answers the first request with these pieces, one after the other, and closes if there are none. */
function aServer(pieces: readonly string[]): { hostname: string; port: number } {
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      async data(socket) {
        for (const piece of pieces) {
          socket.write(piece)
          socket.flush()
          await Bun.sleep(2)
        }
        if (pieces.length === 0) socket.end()
      },
    },
  })
  opened.push(server)
  return { hostname: '127.0.0.1', port: server.port }
}

async function replyTo(pieces: readonly string[], wantsBody: boolean): Promise<Reply | 'lost'> {
  const { promise, resolve } = Promise.withResolvers<Reply | 'lost'>()
  const connection = await openConnection(aServer(pieces), { onReply: resolve, onLost: () => resolve('lost') })
  connection.send(postRequest('/', { a: 1 }), wantsBody)
  const reply = await promise
  connection.close()
  return reply
}

const HEAD = 'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\ncontent-length: 10\r\n\r\n'

test.each([
  ['in one piece', [`${HEAD}0123456789`]],
  ['with its head cut anywhere', [HEAD.slice(0, 12), HEAD.slice(12, -1), `${HEAD.slice(-1)}0123456789`]],
  ['with its body cut anywhere', [`${HEAD}01`, '23456', '789']],
])('a reply that comes %s is read whole', async (_, pieces) => {
  expect(await replyTo(pieces, true)).toEqual({
    status: 201,
    bodyBytes: 10,
    hasRetryAfter: false,
    body: '0123456789',
  })
})

test('a body that nobody wants is only counted', async () => {
  expect(await replyTo([`${HEAD}01234`, '56789'], false)).toMatchObject({ bodyBytes: 10, body: '' })
})

test('a refusal says whether it came with Retry-After', async () => {
  const refusal = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n'

  expect(await replyTo([`${refusal}Retry-After: 1\r\n\r\n{}`], false)).toMatchObject({
    status: 503,
    hasRetryAfter: true,
  })
  expect(await replyTo([`${refusal}\r\n{}`], false)).toMatchObject({ status: 503, hasRetryAfter: false })
})

test('a connection closed without a reply is lost', async () => {
  expect(await replyTo([], false)).toBe('lost')
})
