import { z } from 'zod'
import { CommandError } from '../terminal/command.ts'
import type { Contact } from './message.ts'

export type People = {
  /** The user id of somebody whom the mailmap has been asked about; null where there is neither mail nor name. */
  idOf: (contact: Contact) => string | null
}

const MAX_ID = 255
const UserFile = z.record(z.string(), z.string())

/**
 * Who is who: those in `users` by mail or else by name, everybody else by their mail in small letters. Whoever is named without a mail
 * has that of the author of this name, or else the name alone.
 */
export function createPeople(users: ReadonlyMap<string, string>, mailOf: ReadonlyMap<string, string>): People {
  return {
    idOf({ name, mail }) {
      const knownMail = mail === '' ? (mailOf.get(keyOf(name)) ?? '') : mail
      const id = users.get(keyOf(knownMail)) ?? users.get(keyOf(name)) ?? keyOf(knownMail === '' ? name : knownMail)
      return id === '' ? null : id.slice(0, MAX_ID).toWellFormed()
    },
  }
}

export function keyOf(text: string): string {
  return text.trim().toLowerCase()
}

/** Mails or names and user ids: a JSON object, or lines of `mail or name,user id`. */
export async function readUsers(path: string): Promise<Map<string, string>> {
  const file = Bun.file(path)
  if (!(await file.exists())) throw new CommandError(`There is no file ${path}.`)
  const text = (await file.text()).replace(/^\uFEFF/, '')
  const pairs = text.trimStart().startsWith('{') ? fromJson(text, path) : fromCsv(text, path)
  return new Map(pairs.map(([who, userId]) => [keyOf(who), userId.trim()]))
}

function fromJson(text: string, path: string): [string, string][] {
  try {
    return Object.entries(UserFile.parse(JSON.parse(text)))
  } catch {
    throw new CommandError(`${path} must be a JSON object like {"ada@example.org": "u1"}.`)
  }
}

function fromCsv(text: string, path: string): [string, string][] {
  return text.split('\n').flatMap((line, index): [string, string][] => {
    if (line.trim() === '') return []
    const [who = '', userId = '', ...more] = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
    if (who !== '' && userId !== '' && more.length === 0) return [[who, userId]]
    throw new CommandError(`${path}, line ${index + 1}: must be a mail or name, a comma and a user id.`)
  })
}
