import { isStorable } from '../../../shared/text.ts'

export const roomKinds = ['pullRequest', 'team'] as const
export type RoomKind = (typeof roomKinds)[number]

/** What a room is about: a room is called `<kind>/<id>`, and the id may hold any character. */
export type Subject = { kind: RoomKind; id: string }

const MAX_ID_LENGTH = 255

/** Null for what is no name of a room. */
export function subjectOf(room: string): Subject | null {
  const slash = room.indexOf('/')
  const kind = roomKinds.find((known) => known === room.slice(0, Math.max(0, slash)))
  const id = room.slice(slash + 1)
  return kind !== undefined && isId(id) ? { kind, id } : null
}

function isId(text: string): boolean {
  return text !== '' && isStorable(text) && (text.length <= MAX_ID_LENGTH || [...text].length <= MAX_ID_LENGTH)
}
