import type { LandedChange } from '../domain/expertise/expertise-index.ts'
import type { Knower } from '../domain/shadow.ts'

export type IndexSize = { changes: number; places: number; people: number }

/** What somebody wants to know of the members of a team, told by the numbers of a slot (`readSkills`). */
export type SkillQuestion = {
  ticket: number
  slotId: number
  atMs: number
  teamName: string
  authorId: string
  files: readonly string[]
}

/** Travels as JSON, which takes the runtime a third of the time that objects do. Those with an `id` are answered, in their order. */
export type ToIndex =
  | { kind: 'roster'; teamName: string; memberIds: readonly string[] }
  | { kind: 'skills'; changes: readonly LandedChange[]; questions: readonly SkillQuestion[] }
  | { kind: 'size'; id: number }
  | { kind: 'knowers'; id: number; atMs: number; paths: readonly string[] }

/** Memory for answers; cannot travel as JSON. */
export type NewSlot = { slotId: number; memory: SharedArrayBuffer }

/** Who knows each path, the size, or, for the ticket of a question that is waited for, that it is answered. */
export type FromIndex = { id: number; answer: readonly (readonly Knower[])[] | IndexSize | 'answered' }
