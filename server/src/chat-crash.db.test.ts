import { describe, expect, test } from 'bun:test'
import { aTeam, ids } from './testing/builders.ts'
import { openChat, type ChatClient, type Said } from './testing/chat-client.ts'
import type { Client } from './testing/client.ts'
import { freshDatabase } from './testing/database.ts'
import { startServerProcess } from './testing/server.ts'

const CLIENTS = 500
const ROOMS = 25
const MESSAGES_EACH = 8
const PAUSE_MS = 250
const KILL_AFTER = 0.4
const RECONNECT_MS = 50

const database = await freshDatabase()
const environment = { DATABASE_URL: database.url, DATABASE_POOL_SIZE: '8' }
const [kept, doomed] = [await startServerProcess(environment), await startServerProcess(environment)]
const rooms = ids('team/room-', ROOMS)
const users = ids('u', CLIENTS)

/** Somebody who writes and reads as docs/chat.md tells a front end to: it goes on where it was, and sends again what was not acknowledged. */
class Participant {
  readonly userId: string
  readonly room: string
  readonly history: Said[] = []
  readonly acknowledged = new Map<string, number>()
  reconnects = 0
  isOver = false
  #client: ChatClient | null = null
  #server: Client

  constructor(userId: string, room: string, server: Client) {
    this.userId = userId
    this.room = room
    this.#server = server
  }

  async connect(): Promise<void> {
    this.#client = await this.#open()
    void this.#client.closed.then(() => this.#reconnect())
    const after = this.history.at(-1)?.number ?? 0
    this.#client.said.set(this.room, this.history)
    // Where it is killed before it answers, the next connection joins.
    await Promise.race([this.#client.join(this.room, after), this.#client.closed])
  }

  /** The other process serves whoever finds the first one gone. */
  async #open(): Promise<ChatClient> {
    for (;;) {
      try {
        return await openChat(this.#server, this.userId)
      } catch {
        await Bun.sleep(RECONNECT_MS * (0.5 + Math.random()))
      }
    }
  }

  async #reconnect(): Promise<void> {
    this.#client = null
    if (this.isOver) return
    this.#server = kept
    this.reconnects++
    await this.connect()
  }

  /** Until it is acknowledged, whatever happens to the connection. */
  async say(clientId: string): Promise<void> {
    while (!this.acknowledged.has(clientId)) {
      const client = this.#client
      if (client?.isOpen() !== true) {
        await Bun.sleep(RECONNECT_MS)
        continue
      }
      const refused = () => null
      const sent = await Promise.race([client.say(this.room, clientId).catch(refused), client.closed.then(refused)])
      if (sent !== null) this.acknowledged.set(clientId, sent.number)
      else await Bun.sleep(RECONNECT_MS)
    }
  }
}

const participants = users.map(
  (userId, index) => new Participant(userId, rooms[index % ROOMS]!, index % 2 === 0 ? kept : doomed),
)

async function write(participant: Participant): Promise<void> {
  for (const clientId of ids('m', MESSAGES_EACH)) {
    await participant.say(clientId)
    await Bun.sleep(PAUSE_MS * (0.5 + Math.random()))
  }
}

type Stored = Said & { room: string }

describe(`${CLIENTS} clients over two processes, of which one is killed while all write,`, () => {
  test('have all of them written everything in the end', async () => {
    for (const [index, room] of rooms.entries()) {
      await aTeam(kept, {
        name: room.slice('team/'.length),
        members: users.filter((_, user) => user % ROOMS === index),
      })
    }
    await Promise.all(participants.map((participant) => participant.connect()))
    const writing = Promise.all(participants.map(write))
    await Bun.sleep(MESSAGES_EACH * PAUSE_MS * KILL_AFTER)
    doomed.kill('SIGKILL')
    await writing

    expect(participants.map(({ acknowledged }) => acknowledged.size)).toEqual(users.map(() => MESSAGES_EACH))
    expect(participants.map(({ reconnects }) => reconnects)).toEqual(users.map((_, index) => index % 2))
  }, 60_000)

  test('and every one has the whole history of the room, the same for all, each message once', async () => {
    const stored = await database.sql<Stored>(
      `SELECT room_name AS room, number, user_id, client_id, text, sent_at FROM room_message ORDER BY room_name, number`,
    )
    const byRoom = Map.groupBy(stored, ({ room }) => room)
    for (let left = 1000; participants.some(({ room, history }) => history.length < byRoom.get(room)!.length); left--) {
      if (left === 0) break
      await Bun.sleep(10)
    }

    expect(stored).toHaveLength(CLIENTS * MESSAGES_EACH)
    for (const { userId, room, history, acknowledged } of participants) {
      const whole = byRoom.get(room)!.map(({ room: _, ...said }) => said)
      expect(whole.map(({ number }) => number)).toEqual(whole.map((_, index) => index + 1))
      expect(history).toEqual(whole)
      const own = whole.filter((said) => said.user_id === userId)
      expect(new Map(own.map((said) => [said.client_id, said.number]))).toEqual(acknowledged)
    }
  })

  test('and the process that is left shows them all present, and had nothing go wrong', async () => {
    for (const [index, room] of rooms.entries()) {
      const { body } = await kept.get('/room/get', { room })
      expect(body.present).toEqual(users.filter((_, user) => user % ROOMS === index))
    }
    for (const participant of participants) participant.isOver = true
    kept.kill('SIGTERM')
    expect(await kept.exited).toBe(0)
    expect(kept.output()).not.toContain('failed')
  })
})
