import { afterAll } from 'bun:test'

export type Received = { path: string; headers: Headers; body: any; text: string }

export type Reply = { status: number; headers?: Readonly<Record<string, string>>; body?: object }
type Answer = (received: Received) => number | Reply | Promise<number | Reply>

export type TestEndpoint = {
  url: string
  /** What came, whatever was answered. */
  received: Received[]
  /** What was answered with 2xx. */
  taken: Received[]
  /** From now on. */
  answerWith: (answer: Answer) => void
}

/** An HTTP endpoint of somebody else's, on this machine; ended after the test file. */
export function startEndpoint(): TestEndpoint {
  let answer: Answer = () => 200
  const received: Received[] = []
  const taken: Received[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const text = await request.text()
      const each = { path: new URL(request.url).pathname, headers: request.headers, text, body: JSON.parse(text) }
      received.push(each)
      const given = await answer(each)
      const { status, headers = {}, body }: Reply = typeof given === 'number' ? { status: given } : given
      if (status >= 200 && status < 300) taken.push(each)
      const answered = body === undefined ? null : JSON.stringify(body)
      return new Response(answered, { status, headers: status === 302 ? { Location: '/elsewhere' } : headers })
    },
  })
  afterAll(() => server.stop(true))
  return { url: server.url.href, received, taken, answerWith: (next) => void (answer = next) }
}
