import type { Message } from '../domain/message.ts'

/** One who listens to one room. */
export type Listener = {
  /** The number of the last message given; infinite until it is known where to begin. */
  position: number
  /** Whether what was given has been taken; else nothing more is given until it has. */
  isFree: () => boolean
  /** `text` stands for `count` messages, made once for all who are given the same. */
  onMessages: (text: string, count: number) => void
}

/** Gives every message of every open room to all who listen there: each once, in order, none left out. */
export type Hub = {
  /** Opens the room for one more; gives what ends it. */
  listen: (room: string, listener: Listener) => () => void
  /** There are messages up to this number. */
  heard: (room: string, number: number) => void
  /** What this process has committed, in order. */
  committed: (room: string, messages: readonly Message[]) => void
  /** A listener in this room may be free again, or has moved. */
  look: (room: string) => void
  /** Asks how far all open rooms are: what was told of them may be lost. */
  checkAll: () => Promise<void>
  close: () => Promise<void>
}

type HubOptions = {
  /** What follows each place, at most a page of each. */
  readAfter: (places: readonly Place[]) => Promise<readonly (readonly Message[])[]>
  /** The last numbers of those rooms that have any. */
  readLast: (rooms: readonly string[]) => Promise<readonly { room: string; lastNumber: number }[]>
  textOf: (room: string, messages: readonly Message[]) => string
  onFailure: (error: unknown) => void
  retryMs?: number
  /** A read that takes longer has lost its connection. */
  timeoutMs?: number
}
type Place = { room: string; after: number }
type OpenRoom = { room: string; known: number; listeners: Set<Listener> }

/** Places read by one statement. */
const PLACES_AT_ONCE = 32
/** One text holds so much of what people wrote, and at least one message: a slow reader keeps no more than that waiting. */
const MAX_TEXT_CHARACTERS = 32_768

export function createHub(options: HubOptions): Hub {
  const { readAfter, readLast, textOf, onFailure, retryMs = 500, timeoutMs = 12_000 } = options
  const open = new Map<string, OpenRoom>()
  /** Rooms in which somebody may be behind. */
  const suspects = new Set<OpenRoom>()
  let reading: Promise<void> | null = null
  let checking: Promise<void> | null = null
  let isClosed = false

  function give(of: OpenRoom, after: number, messages: readonly Message[]): void {
    let position = after
    for (const part of partsOf(messages)) {
      const takers = [...of.listeners].filter((listener) => listener.position === position && listener.isFree())
      if (takers.length === 0) return
      const text = textOf(of.room, part)
      position = part.at(-1)!.number
      for (const taker of takers) {
        taker.position = position
        taker.onMessages(text, part.length)
      }
    }
  }

  /** Those who stand at the same place are read for once. */
  function placesBehind(of: OpenRoom): Set<number> {
    const places = new Set<number>()
    for (const { position, isFree } of of.listeners) if (position < of.known && isFree()) places.add(position)
    return places
  }

  function nextPlaces(): { of: OpenRoom; after: number; known: number }[] {
    const places: { of: OpenRoom; after: number; known: number }[] = []
    const line = [...suspects]
    for (const of of line) {
      const behind = placesBehind(of)
      suspects.delete(of)
      // To the end of the line: nobody waits for a room with a long history.
      if (behind.size > 0) suspects.add(of)
      places.push(...[...behind].map((after) => ({ of, after, known: of.known })))
      if (places.length >= PLACES_AT_ONCE) break
    }
    return places.slice(0, PLACES_AT_ONCE)
  }

  async function readAll(): Promise<void> {
    for (let places = nextPlaces(); places.length > 0 && !isClosed; places = nextPlaces()) {
      const asked = places.map(({ of: { room }, after }) => ({ room, after }))
      const found = await within(timeoutMs, readAfter(asked))
      places.forEach(({ of, after, known }, index) => {
        const messages = found[index] ?? []
        // Told of what is not there, as after the database was put back to an older state: not to be asked for again and again.
        if (messages.length === 0 && of.known === known) of.known = after
        give(of, after, messages)
      })
    }
  }

  function read(): void {
    if (isClosed) return
    reading ??= readAll()
      .catch(async (error: unknown) => {
        onFailure(error)
        await Bun.sleep(retryMs)
      })
      .finally(() => {
        reading = null
        if (suspects.size > 0) read()
      })
  }

  function look(room: string): void {
    const of = open.get(room)
    if (of === undefined) return
    suspects.add(of)
    read()
  }

  async function check(): Promise<void> {
    for (const { room, lastNumber } of await within(timeoutMs, readLast([...open.keys()]))) {
      const of = open.get(room)
      if (of === undefined) continue
      of.known = Math.max(of.known, lastNumber)
      look(room)
    }
  }

  return {
    look,
    listen(room, listener) {
      const of = open.get(room) ?? { room, known: 0, listeners: new Set() }
      open.set(room, of)
      of.listeners.add(listener)
      return () => {
        of.listeners.delete(listener)
        if (of.listeners.size > 0 || open.get(room) !== of) return
        open.delete(room)
        suspects.delete(of)
      }
    },
    heard(room, number) {
      const of = open.get(room)
      if (of === undefined || number <= of.known) return
      of.known = number
      look(room)
    },
    committed(room, messages) {
      const of = open.get(room)
      const [first, last] = [messages[0], messages.at(-1)]
      if (of === undefined || first === undefined || last === undefined) return
      of.known = Math.max(of.known, last.number)
      // Whoever has all before them needs no reading.
      give(of, first.number - 1, messages)
      if (placesBehind(of).size > 0) look(room)
    },
    checkAll() {
      if (open.size === 0 || isClosed) return Promise.resolve()
      // One that has begun may have asked before something was lost.
      const before = checking ?? Promise.resolve()
      const next = before.catch(() => undefined).then(check)
      checking = next
      return next.finally(() => {
        if (checking === next) checking = null
      })
    },
    async close() {
      isClosed = true
      await Promise.allSettled([reading, checking])
    },
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`Nothing was read within ${ms} ms`)), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function partsOf(messages: readonly Message[]): Message[][] {
  const parts: Message[][] = []
  let characters = MAX_TEXT_CHARACTERS
  for (const message of messages) {
    characters += message.text.length
    if (characters > MAX_TEXT_CHARACTERS) {
      parts.push([])
      characters = message.text.length
    }
    parts.at(-1)!.push(message)
  }
  return parts
}
