import { afterAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { listen } from './listen.ts'
import { serverSentEvents, type EventSender } from './server-sent-events.ts'

function serving(onOpen: (sender: EventSender) => void, heartbeatMs: number) {
  const stopping = new AbortController()
  let ends = 0
  const open = (sender: EventSender) => {
    onOpen(sender)
    return () => void ends++
  }
  const listener = listen(() => serverSentEvents({ stopping: stopping.signal, requestId: 'r', open, heartbeatMs }), {
    hostname: '127.0.0.1',
    port: 0,
    idleTimeoutS: 60,
  })
  afterAll(() => listener.stop(0))
  return { url: listener.url, stopping, ends: () => ends }
}

test('messages have their id, their name and one line of data', async () => {
  const { url, ends } = serving((sender) => {
    sender.send([
      { id: '7', data: '{"a":1}' },
      { event: 'named', data: 'text' },
    ])
    sender.end('DONE')
  }, 1000)
  const response = await fetch(url)

  expect(await response.text()).toBe(
    'retry: 1000\n\nid: 7\ndata: {"a":1}\n\nevent: named\ndata: text\n\nevent: end\ndata: {"reason":"DONE"}\n\n',
  )
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  expect(ends()).toBe(1)
})

test('a silent stream is kept alive by comments, and whoever leaves is noticed', async () => {
  const { url, ends } = serving(() => undefined, 20)
  const controller = new AbortController()
  const response = await fetch(url, { signal: controller.signal })
  let text = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk)
    if (text.split(':\n\n').length > 3) break
  }
  controller.abort()
  for (let left = 200; ends() === 0 && left > 0; left--) await Bun.sleep(10)

  expect(text).toContain(':\n\n:\n\n')
  expect(ends()).toBe(1)
})

test('whoever takes nothing is cut off with a last word', async () => {
  let given = 0
  const { url, ends } = serving((sender) => {
    const timer = setInterval(() => {
      if (sender.isFree()) sender.send([{ data: 'x'.repeat(100_000) }])
      given += 1
    }, 1)
    afterAll(() => clearInterval(timer))
  }, 100)
  const slow = connect(Number(new URL(url).port), '127.0.0.1')
  slow.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  slow.pause()
  for (let left = 500; ends() === 0 && left > 0; left--) await Bun.sleep(10)
  expect(ends()).toBe(1)
  let tail = ''
  slow.on('data', (chunk) => (tail = (tail + chunk.toString()).slice(-500)))
  slow.resume()
  for (let left = 500; !tail.includes('TOO_SLOW') && left > 0; left--) await Bun.sleep(10)
  slow.destroy()

  expect(tail).toContain('event: end\ndata: {"reason":"TOO_SLOW"}')
  expect(given).toBeGreaterThan(0)
})
