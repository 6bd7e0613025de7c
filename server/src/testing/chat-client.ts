import { afterAll } from 'bun:test'
import type { Client } from './client.ts'

export type Said = { number: number; user_id: string; client_id: string; text: string; sent_at: string }

export type ChatClient = {
  userId: string
  /** All that came, but for messages of rooms. */
  heard: any[]
  /** What was said, by room, in the order in which it came. */
  said: Map<string, Said[]>
  send: (message: unknown) => void
  /** Resolves with the first that is like this, of those that came (from the one of that index on) and of those to come. */
  next: (fields: Readonly<Record<string, unknown>>, from?: number) => Promise<any>
  join: (room: string, after?: number) => Promise<any>
  /** Says something and resolves with the acknowledgement; rejects when it is refused. */
  say: (room: string, clientId: string, text?: string) => Promise<any>
  /** Resolves when so many of those sent are acknowledged or refused. */
  answered: (count: number) => Promise<void>
  /** Resolves when so many messages of a room have come. */
  has: (room: string, count: number) => Promise<Said[]>
  /** Who is in a room, by what came. */
  present: (room: string) => string[]
  /** Resolves when these, and nobody else, are in a room. */
  sees: (room: string, userIds: readonly string[]) => Promise<void>
  /** The numbers of the messages of a room, in the order in which they came. */
  numbers: (room: string) => number[]
  isOpen: () => boolean
  closed: Promise<CloseEvent>
  close: () => void
}

const GIVE_UP_MS = 20_000

/** Connects to `/chat` as a browser does; rejects when it is refused. Closed after the test file. */
export async function openChat({ url }: Pick<Client, 'url'>, userId: string): Promise<ChatClient> {
  const socket = new WebSocket(
    `${url.replace('http', 'ws')}/chat?${new URLSearchParams({ user_id: userId }).toString()}`,
  )
  const heard: any[] = []
  const said = new Map<string, Said[]>()
  const waiting = new Set<() => void>()
  const closed = Promise.withResolvers<CloseEvent>()
  const opened = Promise.withResolvers<void>()
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data as string)
    if (message.type === 'messages') {
      const known = said.get(message.room) ?? []
      said.set(message.room, known)
      known.push(...message.messages)
    } else heard.push(message)
    for (const check of waiting) check()
  })
  socket.addEventListener('open', () => opened.resolve())
  socket.addEventListener('close', (event) => {
    closed.resolve(event)
    opened.reject(new Error(`The connection was refused or broke: ${event.code}`))
  })
  closers.add(() => socket.close())

  async function until<T>(what: string, find: () => T | undefined): Promise<T> {
    const found = find()
    if (found !== undefined) return found
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const timer = setTimeout(() => reject(new Error(`This did not come to ${userId}: ${what}`)), GIVE_UP_MS)
    function check(): void {
      const late = find()
      if (late !== undefined) resolve(late)
    }
    waiting.add(check)
    return await promise.finally(() => {
      clearTimeout(timer)
      waiting.delete(check)
    })
  }
  const send = (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  const next: ChatClient['next'] = (fields, from = 0) =>
    until(JSON.stringify(fields), () => heard.slice(from).find((message) => Bun.deepMatch(fields, message)))

  function present(room: string): string[] {
    const users = new Set<string>()
    for (const message of heard.filter((one) => one.room === room)) {
      if (message.present !== undefined) users.clear()
      for (const id of message.present ?? message.came ?? []) users.add(id)
      for (const id of message.went ?? []) users.delete(id)
    }
    return [...users].toSorted()
  }

  await opened.promise
  return {
    userId,
    heard,
    said,
    send,
    next,
    join(room, after) {
      const from = heard.length
      send({ type: 'join', room, ...(after === undefined ? {} : { after }) })
      return next({ type: 'joined', room }, from)
    },
    async say(room, clientId, text = `${userId} says ${clientId}`) {
      const from = heard.length
      send({ type: 'send', room, client_id: clientId, text })
      const isAnswer = (message: any) => (message.type === 'sent' ? message : message.refused)?.client_id === clientId
      const answer = await until(`an answer to ${clientId}`, () => heard.slice(from).find(isAnswer))
      if (answer.type === 'error') throw new Error(`${clientId} was refused: ${answer.error.code}`)
      return answer
    },
    async answered(count) {
      const isAnswer = ({ type }: any) => type === 'sent' || type === 'error'
      await until(`${count} answers`, () => (heard.filter(isAnswer).length >= count ? true : undefined))
    },
    has: (room, count) =>
      until(`${count} messages of ${room}`, () => {
        const messages = said.get(room) ?? []
        return messages.length >= count ? messages : undefined
      }),
    present,
    async sees(room, userIds) {
      const wanted = userIds.join()
      await until(`${wanted} in ${room}`, () => (present(room).join() === wanted ? true : undefined))
    },
    numbers: (room) => (said.get(room) ?? []).map(({ number }) => number),
    isOpen: () => socket.readyState === WebSocket.OPEN,
    closed: closed.promise,
    close: () => socket.close(),
  }
}

const closers = new Set<() => void>()
afterAll(() => {
  for (const close of closers) close()
})
