import { afterAll, describe, expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { fetchText, type FetchOptions } from './fetch-text.ts'

const never = new AbortController().signal
const options: FetchOptions = { allowPrivate: true, timeoutMs: 5000, maxBytes: 1000, signal: never }

let asked = 0
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  idleTimeout: 0,
  fetch: (request) => {
    asked++
    return answerTo(new URL(request.url))
  },
})
afterAll(() => server.stop(true))

function answerTo({ pathname, searchParams }: URL): Response | Promise<Response> {
  switch (pathname) {
    case '/text':
      return new Response('день')
    case '/of-size':
      return new Response('x'.repeat(Number(searchParams.get('bytes'))))
    case '/endless':
      return new Response(new ReadableStream({ pull: async (body) => body.enqueue(new Uint8Array(100)) }))
    case '/silent':
      return new Promise(() => undefined)
    case '/stalls':
      return new Response(new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(10)) }))
    case '/to':
      return new Response(null, { status: 302, headers: { Location: searchParams.get('url')! } })
    case '/to-nowhere':
      return new Response(null, { status: 302 })
    case '/round':
      return new Response(null, { status: 307, headers: { Location: '/round' } })
    default:
      return new Response('no', { status: 404 })
  }
}

async function problemOf(url: string, more: Partial<FetchOptions> = {}): Promise<string> {
  try {
    return `none: ${await fetchText(url, { ...options, ...more })}`
  } catch (error) {
    return (error as Error).message
  }
}

function at(path: string): string {
  return `http://127.0.0.1:${server.port}${path}`
}

test('a text is read as UTF-8', async () => {
  expect(await fetchText(at('/text'), options)).toBe('день')
})

test('redirects are followed, whether they name a whole address or a part', async () => {
  expect(await fetchText(at('/to?url=/text'), options)).toBe('день')
  expect(await fetchText(at(`/to?url=${encodeURIComponent(at('/text'))}`), options)).toBe('день')
})

test('a text may be of the size allowed, and not one byte more', async () => {
  expect(await fetchText(at('/of-size?bytes=1000'), options)).toHaveLength(1000)
  expect(await problemOf(at('/of-size?bytes=1001'))).toBe('it is larger than 1000 bytes')
  expect(await problemOf(at('/endless'))).toBe('it is larger than 1000 bytes')
})

test.each([
  ['/unknown', 'it answers with status 404'],
  ['/round', 'it redirects too often'],
  ['/to-nowhere', 'it redirects to nowhere'],
  ['/to?url=file:///etc/passwd', 'it redirects to another kind of address'],
  ['/to?url=ftp://127.0.0.1/', 'it redirects to another kind of address'],
  ['/to?url=data:text/calendar,x', 'it redirects to another kind of address'],
])('%s is refused: %s', async (path, problem) => {
  expect(await problemOf(at(path))).toBe(problem)
})

describe('who does not answer in time', () => {
  test.each(['/silent', '/stalls'])('%s is given up', async (path) => {
    expect(await problemOf(at(path), { timeoutMs: 200 })).toBe('it does not answer in time')
  })

  test('is given up at once when the reading is ended', async () => {
    const ending = new AbortController()
    const problem = problemOf(at('/stalls'), { signal: ending.signal })
    ending.abort()

    expect(await problem).toBe('it does not answer in time')
    expect(await problemOf(at('/text'), { signal: ending.signal })).toBe('it does not answer in time')
  })
})

test('a server that speaks something else, or that is not there, cannot be reached', async () => {
  const odd = createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')).listen(0, '127.0.0.1')
  await new Promise((resolve) => odd.once('listening', resolve))
  const { port } = odd.address() as { port: number }
  afterAll(() => odd.close())

  expect(await problemOf(`http://127.0.0.1:${port}/`)).toStartWith('it cannot be reached')
  expect(await problemOf('http://127.0.0.1:1/')).toStartWith('it cannot be reached')
  expect(await problemOf('http://nothing.invalid/')).toStartWith('it cannot be reached')
})

describe('where private addresses are not allowed', () => {
  test.each(['127.0.0.1', '0x7f.1', '2130706433', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0'])(
    '%s is not even asked',
    async (host) => {
      const before = asked

      expect(await problemOf(`http://${host}:${server.port}/text`, { allowPrivate: false })).toBe(
        'it is not on the open internet, and others are not read here',
      )
      expect(asked).toBe(before)
    },
  )
})

test('a problem tells nothing of the address', async () => {
  for (const path of ['/unknown', '/round', '/to?url=ftp://secret/']) {
    expect(await problemOf(at(`${path}${path.includes('?') ? '&' : '?'}token=secret`))).not.toContain('secret')
  }
})
