import type { LandedChange } from '../domain/expertise/expertise-index.ts'
import type { OpenChange } from '../domain/expertise/skills.ts'
import type { Knower } from '../domain/shadow.ts'

export type IndexSize = { changes: number; places: number; people: number }

/** What somebody wants to know of the members of a team, told by the numbers of a slot (`readSkills`). */
export type SkillQuestion = OpenChange & { ticket: number; slotId: number; teamName: string }

/** Travels as JSON, which takes the runtime a third of the time that objects do. Those with an `id` are answered, in their order. */
export type ToIndex =
  | { kind: 'roster'; teamName: string; memberIds: readonly string[] }
  | { kind: 'learn'; changes: readonly LandedChange[] }
  | { kind: 'size'; id: number }
  | { kind: 'knowers'; id: number; atMs: number; paths: readonly string[] }

/** Memory for answers; cannot travel as JSON. */
export type NewSlot = { slotId: number; memory: SharedArrayBuffer }

/** Who knows each path, or the size. */
export type FromIndex = { id: number; answer: readonly (readonly Knower[])[] | IndexSize }

/** No name has one (`shared/text.ts`), and no JSON. */
const BETWEEN = '\0'

/** Questions as one text, which for them takes a quarter of the time that JSON does: each create asks one. */
export function writeQuestion({ ticket, slotId, atMs, teamName, authorId, files }: SkillQuestion): string {
  const head = `${ticket}${BETWEEN}${slotId}${BETWEEN}${atMs}${BETWEEN}${teamName}${BETWEEN}${authorId}${BETWEEN}`
  let text = head + files.length + BETWEEN
  // A list made for `join` would take twice as long.
  for (const file of files) text += file + BETWEEN
  return text
}

export function isQuestions(message: string): boolean {
  return !message.startsWith('{')
}

/** The questions of a text that is one or more of them in a row. */
export function readQuestions(text: string): SkillQuestion[] {
  const words = text.split(BETWEEN)
  const questions: SkillQuestion[] = []
  for (let at = 0; at < words.length - 1;) {
    const [ticket, slotId, atMs, teamName, authorId, count] = words.slice(at, (at += 6)) as Six
    const files = words.slice(at, (at += Number(count)))
    questions.push({ ticket: Number(ticket), slotId: Number(slotId), atMs: Number(atMs), teamName, authorId, files })
  }
  return questions
}

type Six = [string, string, string, string, string, string]
