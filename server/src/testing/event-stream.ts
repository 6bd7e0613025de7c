import { afterAll } from 'bun:test'
import type { Client } from './client.ts'

export type Sent = { id: string | null; event: string | null; data: any }

export type TestStream = {
  status: number
  headers: Headers
  /** All messages so far. */
  sent: Sent[]
  /** Resolves when there are so many. */
  has: (count: number) => Promise<void>
  /** Resolves when the server has ended it. */
  ended: Promise<void>
  stop: () => void
}

/** Reads `GET /event/stream` as a browser's EventSource does. */
export async function openEventStream(
  client: Client,
  query: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<TestStream> {
  const controller = new AbortController()
  afterAll(() => controller.abort())
  const url = `${client.url}/event/stream?${new URLSearchParams(query).toString()}`
  const response = await fetch(url, { headers, signal: controller.signal })
  const sent: Sent[] = []
  const ended = read(response, sent).catch(() => undefined)
  return {
    status: response.status,
    headers: response.headers,
    sent,
    async has(count) {
      for (let left = 1000; sent.length < count; left--) {
        if (left === 0) throw new Error(`Only ${sent.length} of ${count} messages came`)
        await Bun.sleep(10)
      }
    },
    ended,
    stop: () => controller.abort(),
  }
}

async function read(response: Response, sent: Sent[]): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(chunk, { stream: true })
    const blocks = rest.split('\n\n')
    rest = blocks.pop()!
    sent.push(...blocks.flatMap(messageOf))
  }
}

function messageOf(block: string): Sent[] {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  const data = fields.get('data')
  if (data === undefined) return []
  return [{ id: fields.get('id') ?? null, event: fields.get('event') ?? null, data: JSON.parse(data) }]
}
