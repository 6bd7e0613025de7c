/** Somebody as a trailer or a commit names them; `mail` is empty where there is only a name. */
export type Contact = { name: string; mail: string }

export const DEFAULT_TRAILERS: readonly string[] = ['Reviewed-by', 'Approved-by', 'Reviewers']

const CONTACT = /^([^<>]*?)\s*<([^<>\s]+)>?/
const TRAILER = /^\s*([A-Za-z][A-Za-z-]*):\s*(.*)$/

/**
 * Those whom the trailers of a message name: `Reviewed-by: Ada <ada@example.org>`, or several after one word, with commas
 * between them, as `Reviewers:` has them.
 */
export function reviewersIn(message: string, trailers: readonly string[] = DEFAULT_TRAILERS): Contact[] {
  const wanted = new Set(trailers.map((trailer) => trailer.toLowerCase()))
  return message.split('\n').flatMap((line) => {
    const [, word = '', people = ''] = TRAILER.exec(line) ?? []
    return wanted.has(word.toLowerCase()) ? people.split(/[,;]/).flatMap(contactIn) : []
  })
}

function contactIn(text: string): Contact[] {
  const trimmed = text.trim()
  const [, name, mail] = CONTACT.exec(trimmed) ?? []
  if (mail !== undefined) return [{ name: tidyName(name ?? ''), mail }]
  if (/^\S+@\S+$/.test(trimmed)) return [{ name: '', mail: trimmed }]
  const name1 = tidyName(trimmed)
  return name1 === '' ? [] : [{ name: name1, mail: '' }]
}

/** Without what stands in brackets after it, or a dot at the end of a sentence. */
function tidyName(name: string): string {
  return name
    .replace(/\s*\([^)]*\)\s*$/, '')
    .replace(/^["']|["'.]+$/g, '')
    .trim()
}

/** What the change is called where it was reviewed; null where its message does not say. */
export function changeIdIn(message: string): string | null {
  const url = /^\s*PR-URL:\s*(\S+)/im.exec(message)?.[1]
  if (url !== undefined) return /\/(\d+)(?:\/[a-z]*)?(?:[#?]\S*)?$/.exec(url)?.[1] ?? url
  const subject = message.split('\n', 1)[0]!
  const number = [...subject.matchAll(/\(#(\d+)\)/g)].at(-1)?.[1]
  return number ?? /^\s*Change-Id:\s*(I[0-9a-f]{8,})\s*$/im.exec(message)?.[1] ?? null
}

const BOT = [
  /\[bot\]/i,
  /(^|[\s._+-])bot($|[\s._@-])/i,
  /^(dependabot|renovate|greenkeeper|snyk|pyup|mergify|github-actions|github actions|semantic-release|travis ci|jenkins)\b/i,
]

/** Programs write and approve changes, too; they teach nothing about people. */
export function isBot({ name, mail }: Contact): boolean {
  return BOT.some((pattern) => pattern.test(name) || pattern.test(mail))
}
