import { afterAll, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { aPullRequest, aTeam, ids } from '../../../testing/builders.ts'
import { openChat } from '../../../testing/chat-client.ts'
import { freshDatabase } from '../../../testing/database.ts'
import { startServer } from '../../../testing/server.ts'

const MESSAGES = 6000
const ROOM = 'pullRequest/pr-1'

const database = await freshDatabase()
const client = startServer(database)
await aTeam(client, { name: 'web', members: ids('w', 4) })
await client.post('/pullRequest/create', aPullRequest({ id: 'pr-1', author: 'w1' }))

/** A WebSocket by hand, which can leave what it is sent unread. */
async function openByHand(userId: string) {
  const { port, host } = new URL(client.url)
  const socket: Socket = connect(Number(port), '127.0.0.1')
  afterAll(() => socket.destroy())
  let received = Buffer.alloc(0)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk))
  socket.write(
    `GET /chat?user_id=${userId} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const texts: any[] = []
  let isUpgraded = false
  /** Takes what has come apart; frames of a server have no mask. */
  function read(): any[] {
    received = Buffer.concat([received, ...chunks.splice(0)])
    if (!isUpgraded) {
      const end = received.indexOf('\r\n\r\n')
      if (end === -1) return texts
      isUpgraded = true
      received = received.subarray(end + 4)
    }
    for (;;) {
      const short = received[1]! & 0x7f
      const head = short === 126 ? 4 : short === 127 ? 10 : 2
      if (received.length < head) return texts
      const length =
        short === 126 ? received.readUInt16BE(2) : short === 127 ? Number(received.readBigUInt64BE(2)) : short
      if (received.length < head + length) return texts
      if ((received[0]! & 0x0f) === 1) texts.push(JSON.parse(received.toString('utf8', head, head + length)))
      received = received.subarray(head + length)
    }
  }
  function send(message: unknown): void {
    const text = Buffer.from(JSON.stringify(message))
    const head = text.length < 126 ? [0x81, 0x80 | text.length] : [0x81, 0xfe, text.length >> 8, text.length & 0xff]
    // A mask of zeros leaves the text as it is.
    socket.write(Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), text]))
  }
  async function until(isSo: (all: any[]) => boolean): Promise<any[]> {
    for (let left = 2000; !isSo(read()); left--) {
      if (left === 0) throw new Error(`This did not come: ${String(isSo)}`)
      await Bun.sleep(10)
    }
    return texts
  }
  await until(() => isUpgraded)
  return { socket, send, until }
}

function numbersIn(messages: readonly any[]): number[] {
  return messages.flatMap(({ type, messages: said }) => (type === 'messages' ? said.map((one: any) => one.number) : []))
}

async function deliveries(): Promise<number> {
  const text = await (await fetch(`${client.url}/metrics`)).text()
  return Number(/^tandem_chat_deliveries_total (\d+)/m.exec(text)![1])
}

async function sayAll(from: number, to: number, text: string): Promise<void> {
  const writer = await openChat(client, 'w1')
  for (let number = from; number <= to; number += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, to - number + 1) }, (_, index) => writer.say(ROOM, `m${number + index}`, text)),
    )
  }
  writer.close()
}

test('somebody who reads nothing holds up nobody, is given little, and has everything in the end', async () => {
  const slow = await openByHand('w2')
  slow.send({ type: 'join', room: ROOM, after: 0 })
  await slow.until((all) => all.some(({ type }) => type === 'joined'))
  const quick = await openChat(client, 'w3')
  await quick.join(ROOM)
  const before = await deliveries()
  slow.socket.pause()
  await sayAll(1, MESSAGES, 'x'.repeat(2000))
  await quick.has(ROOM, MESSAGES)
  const givenToSlow = (await deliveries()) - before - MESSAGES
  // Somebody comes meanwhile, of whom the slow one cannot be told.
  const late = await openChat(client, 'w4')
  await late.join(ROOM)
  await quick.sees(ROOM, ['w2', 'w3', 'w4'])
  slow.socket.resume()
  const all = await slow.until((messages) => numbersIn(messages).length >= MESSAGES)

  expect(givenToSlow).toBeLessThan(MESSAGES)
  const everything = Array.from({ length: MESSAGES }, (_, index) => index + 1)
  expect(numbersIn(all)).toEqual(everything)
  expect(quick.numbers(ROOM)).toEqual(everything)
  const news = (
    await slow.until((messages) => messages.some(({ present, type }) => type === 'presence' && present !== undefined))
  ).find(({ type, present }) => type === 'presence' && present !== undefined)
  expect(news.present).toEqual(['w2', 'w3', 'w4'])
}, 60_000)

test('from somebody who sends and reads nothing, no more is taken than can be answered', async () => {
  const rude = await openByHand('w2')
  rude.socket.pause()
  const longName = `team/${'x'.repeat(255)}`
  for (let round = 0; round < 200; round++) {
    for (let count = 0; count < 200; count++) rude.send({ type: 'leave', room: longName })
    await Bun.sleep(1)
  }
  const queued = rude.socket.writableLength
  rude.socket.resume()
  const all = await rude.until((messages) => messages.length >= 40_000)

  expect(queued).toBeGreaterThan(0)
  expect(all.every(({ error }) => error.code === 'NOT_JOINED')).toBeTrue()
}, 60_000)
