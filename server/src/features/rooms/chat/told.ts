import { pairsIn, type Rooms } from '../domain/presence.ts'

/** What processes tell each other about rooms. */
export type Told =
  /** There are messages up to this number. */
  | { kind: 'said'; room: string; number: number }
  | { kind: 'typing'; room: string; userId: string }
  | { kind: 'came'; room: string; userId: string }
  | { kind: 'went'; room: string; userId: string }
  /** A part of all who are in rooms of the sender. */
  | { kind: 'all'; isFirst: boolean; isLast: boolean; rooms: Rooms }
  /** Somebody new, who wants to know who is where. */
  | { kind: 'hello' }

/** Quoted once more, it must fit into one message of the feed. */
const MAX_PART_BYTES = 4000

export function saidText(room: string, number: number): string {
  return JSON.stringify(['said', room, number])
}

export function typingText(room: string, userId: string): string {
  return JSON.stringify(['typing', room, userId])
}

export const helloText = JSON.stringify(['hello'])

/** The feed tells equal texts once, so each coming and going has a `mark` of its own. */
export function movedText(kind: 'came' | 'went', mark: number, room: string, userId: string): string {
  return JSON.stringify([kind, mark, room, userId])
}

/** All who are here, in as few texts as they fit into. */
export function allTexts(mark: number, rooms: Rooms): string[] {
  const parts = [new Map<string, string[]>()]
  let bytes = 0
  for (const [room, userId] of pairsIn(rooms)) {
    const more = Buffer.byteLength(JSON.stringify(userId)) + (parts.at(-1)!.has(room) ? 0 : bytesOf(room))
    if (bytes > 0 && bytes + more > MAX_PART_BYTES) {
      parts.push(new Map())
      bytes = bytesOf(room)
    }
    bytes += more
    const users = parts.at(-1)!.get(room) ?? []
    parts.at(-1)!.set(room, [...users, userId])
  }
  return parts.map((part, index) => JSON.stringify(['all', mark, index, parts.length, [...part]]))
}

function bytesOf(room: string): number {
  return Buffer.byteLength(JSON.stringify(room))
}

/** Null for what is not understood: it was told by another version, and can wait for what is read regularly. */
export function readTold(text: string): Told | null {
  const [kind, ...rest] = JSON.parse(text) as [string, ...never[]]
  switch (kind) {
    case 'said':
      return { kind, room: rest[0]!, number: rest[1]! }
    case 'typing':
      return { kind, room: rest[0]!, userId: rest[1]! }
    case 'came':
    case 'went':
      return { kind, room: rest[1]!, userId: rest[2]! }
    case 'all': {
      const [, index, count, rooms] = rest as unknown as [number, number, number, [string, string[]][]]
      const users = rooms.map(([room, ids]) => [room, new Set(ids)] as const)
      return { kind, isFirst: index === 0, isLast: index === count - 1, rooms: new Map(users) }
    }
    case 'hello':
      return { kind }
    default:
      return null
  }
}
