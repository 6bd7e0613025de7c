import { afterAll } from 'bun:test'

export type Received = { path: string; headers: Headers; body: any; text: string }

export type TestEndpoint = {
  url: string
  /** What came, whatever was answered. */
  received: Received[]
  /** What was answered with 2xx. */
  taken: Received[]
  /** From now on. */
  answerWith: (answer: (received: Received) => number | Promise<number>) => void
}

/** An HTTP endpoint of somebody else's, on this machine; ended after the test file. */
export function startEndpoint(): TestEndpoint {
  let answer: (received: Received) => number | Promise<number> = () => 200
  const received: Received[] = []
  const taken: Received[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const text = await request.text()
      const each = { path: new URL(request.url).pathname, headers: request.headers, text, body: JSON.parse(text) }
      received.push(each)
      const status = await answer(each)
      if (status >= 200 && status < 300) taken.push(each)
      return new Response(null, { status, headers: status === 302 ? { Location: '/elsewhere' } : {} })
    },
  })
  afterAll(() => server.stop(true))
  return { url: server.url.href, received, taken, answerWith: (next) => void (answer = next) }
}
