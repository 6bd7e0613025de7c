import type { Kind } from './notification.ts'

/** A part of a line: plain text as it is, text that stands out, or text that leads somewhere. */
export type Piece = string | { strong: string } | Link
export type Link = { text: string; url: string }
export type Line = readonly Piece[]

/** One thing told. */
export type Item = {
  kind: Kind
  source: string
  pullRequestId: string
  pullRequestName: string
  url: string | null
  lines: readonly Line[]
  actions: readonly Link[]
}

/** What is sent by any channel, before it is written in the channel's way. */
export type Message = {
  subject: string
  sections: readonly { heading: string | null; items: readonly Item[] }[]
  footer: readonly Line[]
}

/** The same with at most so many items; `more` says how many are left out. */
export function shorten(message: Message, most: number, more: (count: number) => string): Message {
  const all = message.sections.reduce((sum, { items }) => sum + items.length, 0)
  if (all <= most) return message
  let left = most
  const sections = message.sections.flatMap(({ heading, items }) => {
    const kept = items.slice(0, left)
    left -= kept.length
    return kept.length === 0 ? [] : [{ heading, items: kept }]
  })
  return { ...message, sections, footer: [[more(all - most)], ...message.footer] }
}

const MAX_NAME = 120
/** Line breaks and other control characters, and marks that turn the direction of writing around. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g

/** A name that somebody gave, in one line and of a length that can be read. */
export function oneLine(name: string): string {
  const characters = [...name.replaceAll(TURNS, '').replaceAll(CONTROLS, ' ').trim()]
  return characters.length <= MAX_NAME ? characters.join('') : `${characters.slice(0, MAX_NAME - 1).join('')}…`
}
