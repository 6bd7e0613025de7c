/** Who is in which rooms, in this process and in the others. */
export type Presence = {
  /** Whether this made them present in this process. */
  enter: (room: string, userId: string) => boolean
  /** Whether nobody of that name is left in this process. */
  leave: (room: string, userId: string) => boolean
  hearCame: (sender: string, room: string, userId: string) => void
  hearWent: (sender: string, room: string, userId: string) => void
  /** All that are in rooms of that process, in place of what was heard of it. */
  hearAll: (sender: string, all: Rooms) => void
  forget: (sender: string) => void
  isPresent: (room: string, userId: string) => boolean
  list: (room: string) => string[]
  /** Those in this process. */
  own: () => Rooms
}

/** Users by room. */
export type Rooms = ReadonlyMap<string, ReadonlySet<string>>

type Crowd = Map<string, Set<string>>

/** `onChanged` is told of those who may have come or gone. */
export function createPresence(onChanged: (room: string, userId: string) => void): Presence {
  /** How often each user is in a room of this process. */
  const counts = new Map<string, Map<string, number>>()
  const own: Crowd = new Map()
  const others = new Map<string, Crowd>()

  function ofSender(sender: string): Crowd {
    const known = others.get(sender) ?? new Map<string, Set<string>>()
    others.set(sender, known)
    return known
  }
  function crowds(): Crowd[] {
    return [own, ...others.values()]
  }

  return {
    enter(room, userId) {
      const users = counts.get(room) ?? new Map<string, number>()
      counts.set(room, users)
      const count = (users.get(userId) ?? 0) + 1
      users.set(userId, count)
      if (count > 1) return false
      add(own, room, userId)
      onChanged(room, userId)
      return true
    },
    leave(room, userId) {
      const users = counts.get(room)
      const count = (users?.get(userId) ?? 0) - 1
      if (users === undefined || count < 0) return false
      if (count > 0) {
        users.set(userId, count)
        return false
      }
      users.delete(userId)
      if (users.size === 0) counts.delete(room)
      remove(own, room, userId)
      onChanged(room, userId)
      return true
    },
    hearCame(sender, room, userId) {
      add(ofSender(sender), room, userId)
      onChanged(room, userId)
    },
    hearWent(sender, room, userId) {
      remove(ofSender(sender), room, userId)
      onChanged(room, userId)
    },
    hearAll(sender, all) {
      const before = others.get(sender) ?? new Map<string, Set<string>>()
      others.set(sender, new Map([...all].map(([room, users]) => [room, new Set(users)])))
      for (const [room, userId] of pairsIn(before)) if (all.get(room)?.has(userId) !== true) onChanged(room, userId)
      for (const [room, userId] of pairsIn(all)) if (before.get(room)?.has(userId) !== true) onChanged(room, userId)
    },
    forget(sender) {
      const before = others.get(sender)
      others.delete(sender)
      if (before !== undefined) for (const [room, userId] of pairsIn(before)) onChanged(room, userId)
    },
    isPresent: (room, userId) => crowds().some((crowd) => crowd.get(room)?.has(userId) === true),
    list: (room) => [...new Set(crowds().flatMap((crowd) => [...(crowd.get(room) ?? [])]))].toSorted(),
    own: () => own,
  }
}

function add(crowd: Crowd, room: string, userId: string): void {
  const users = crowd.get(room) ?? new Set<string>()
  crowd.set(room, users.add(userId))
}

function remove(crowd: Crowd, room: string, userId: string): void {
  const users = crowd.get(room)
  if (users === undefined) return
  users.delete(userId)
  if (users.size === 0) crowd.delete(room)
}

export function* pairsIn(rooms: Rooms): Generator<[room: string, userId: string]> {
  for (const [room, users] of rooms) for (const userId of users) yield [room, userId]
}
