import type { ChangeFeed } from '../../../infra/cache/change-feed.ts'
import { createPresence, type Rooms } from '../domain/presence.ts'
import { presenceText, typingMessage } from './protocol.ts'
import { allTexts, helloText, movedText, typingText, type Told } from './told.ts'

/** One client in one room. */
export type Member = {
  userId: string
  isFree: () => boolean
  send: (text: string) => void
  /** Was not told who came and went, because it did not take what it was sent. */
  isOutOfDate: boolean
}

/** Who is in which rooms and who types there, over all processes. Nothing of it is stored. */
export type Crowd = {
  enter: (room: string, member: Member) => void
  leave: (room: string, member: Member) => void
  type: (room: string, member: Member) => void
  /** Tells a member who takes messages again who is there now. */
  bringUpToDate: (room: string, member: Member) => void
  present: (room: string) => string[]
  /** The same as this member is to know it, to whom what changes from now on is told. */
  shownTo: (room: string, member: Member) => string[]
  hear: (told: Exclude<Told, { kind: 'said' }>, sender: string) => void
  forget: (sender: string) => void
  /** Tells the others all who are in rooms of this process. */
  tellAll: () => void
  /** `tellAll`, and asks them for the same. */
  introduce: () => void
}

type Feed = Pick<ChangeFeed, 'publish' | 'isCurrent'>

/** Who came and went is gathered for so long: after a restart all come at once, and each would be told of each. */
const GATHER_MS = 50

/** A room where somebody of this process is. */
type Place = { members: Set<Member>; told: Set<string>; changed: Set<string> }

export function createCrowd(feed: () => Feed | null): Crowd {
  const places = new Map<string, Place>()
  const presence = createPresence(noteChange)
  /** What was heard so far of all in other processes. */
  const partial = new Map<string, Map<string, Set<string>>>()
  let marks = 0
  let timer: ReturnType<typeof setTimeout> | null = null
  let greeting: ReturnType<typeof setTimeout> | null = null

  function noteChange(room: string, userId: string): void {
    const place = places.get(room)
    if (place === undefined) return
    place.changed.add(userId)
    timer ??= setTimeout(tellChanges, GATHER_MS)
  }

  function tellChanges(): void {
    timer = null
    for (const [room, place] of places) if (place.changed.size > 0) tellChangesOf(room, place)
  }

  /** Only what differs from what was told before. */
  function tellChangesOf(room: string, { members, told, changed }: Place): void {
    const now = [...changed].filter((userId) => presence.isPresent(room, userId) !== told.has(userId))
    changed.clear()
    if (now.length === 0) return
    const went = now.filter((userId) => told.delete(userId))
    const came = now.filter((userId) => !went.includes(userId))
    for (const userId of came) told.add(userId)
    const text = presenceText(room, { came, went })
    for (const member of members) {
      if (member.isFree()) member.send(text)
      else member.isOutOfDate = true
    }
  }

  function showTyping(room: string, userId: string): void {
    const text = typingMessage(room, userId)
    for (const member of places.get(room)?.members ?? []) {
      if (member.userId !== userId && member.isFree()) member.send(text)
    }
  }

  function hearPart(sender: string, isFirst: boolean, isLast: boolean, rooms: Rooms): void {
    const known = isFirst ? new Map<string, Set<string>>() : partial.get(sender)
    // Its beginning was told before this process could hear it.
    if (known === undefined) return
    for (const [room, users] of rooms) known.set(room, new Set([...(known.get(room) ?? []), ...users]))
    partial.set(sender, known)
    if (!isLast) return
    partial.delete(sender)
    presence.hearAll(sender, known)
  }

  function tellAll(): void {
    feed()?.publish(allTexts(++marks, presence.own()))
  }

  /** Once for all who ask in the same moment, as after a restart of what carries the feed. */
  function greet(): void {
    greeting ??= setTimeout(() => {
      greeting = null
      tellAll()
    }, GATHER_MS)
  }

  /** As the others were told: what is about to be told comes to this member, too, and differences are all that is. */
  function shownTo(room: string, { userId }: Member): string[] {
    return [...(places.get(room)?.told ?? new Set<string>()).union(new Set([userId]))].toSorted()
  }

  return {
    tellAll,
    shownTo,
    enter(room, member) {
      const place = places.get(room) ?? { members: new Set(), told: new Set(presence.list(room)), changed: new Set() }
      places.set(room, place)
      place.members.add(member)
      if (presence.enter(room, member.userId)) feed()?.publish([movedText('came', ++marks, room, member.userId)])
    },
    leave(room, member) {
      const place = places.get(room)
      if (place?.members.delete(member) !== true) return
      if (place.members.size === 0) places.delete(room)
      if (presence.leave(room, member.userId)) feed()?.publish([movedText('went', ++marks, room, member.userId)])
    },
    type(room, { userId }) {
      showTyping(room, userId)
      // What waits until the others can be reached again is not true any more by then.
      if (feed()?.isCurrent() === true) feed()?.publish([typingText(room, userId)])
    },
    bringUpToDate(room, member) {
      if (!member.isOutOfDate) return
      member.isOutOfDate = false
      member.send(presenceText(room, { present: shownTo(room, member) }))
    },
    present: presence.list,
    hear(told, sender) {
      if (told.kind === 'typing') showTyping(told.room, told.userId)
      else if (told.kind === 'came') presence.hearCame(sender, told.room, told.userId)
      else if (told.kind === 'went') presence.hearWent(sender, told.room, told.userId)
      else if (told.kind === 'hello') greet()
      else hearPart(sender, told.isFirst, told.isLast, told.rooms)
    },
    forget(sender) {
      partial.delete(sender)
      presence.forget(sender)
    },
    introduce() {
      tellAll()
      feed()?.publish([helloText])
    },
  }
}
