import type { LineError, Rule, Section } from './code-owners.ts'
import { ANY_DEPTH, ANY_NAME, readSegments, type PathGlob } from './glob.ts'
import { readGithubOwner, type Owner } from './owner.ts'
import { createAllowance, excessOf, quoted, splitAtSpace } from './parse-line.ts'

/**
 * GitHub's rules: https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners.
 * A line with an error is skipped, the others count.
 */
export function parseGithub(lines: readonly string[]): { errors: LineError[]; sections: Section[] } {
  const errors: LineError[] = []
  const rules: Rule[] = []
  const isAllowed = createAllowance()
  lines.forEach((text, index) => {
    if (text === '' || text.startsWith('#')) return
    const line = index + 1
    const read = readRule(text, isAllowed)
    if ('error' in read) errors.push({ line, message: read.error })
    else rules.push({ line, ...read })
  })
  return { errors, sections: [{ name: null, isOptional: false, approvals: 1, rules, exclusions: [] }] }
}

function readRule(line: string, isAllowed: (pattern: string) => boolean): Omit<Rule, 'line'> | { error: string } {
  const [pattern, rest] = splitAtSpace(line)
  const error = excessOf(pattern, isAllowed) ?? errorOf(pattern)
  if (error !== null) return { error }
  const owners: Owner[] = []
  for (const word of wordsBeforeComment(rest)) {
    const owner = readGithubOwner(word)
    if (owner === null) return { error: `${quoted(word)} is no @user, @org/team or e-mail address.` }
    owners.push(owner)
  }
  return { pattern, glob: globOf(pattern), owners }
}

function wordsBeforeComment(rest: string): string[] {
  const comment = rest.search(/(?<!\S)#/)
  return (comment === -1 ? rest : rest.slice(0, comment)).split(/\s+/).filter(Boolean)
}

function errorOf(pattern: string): string | null {
  if (pattern.startsWith('!')) return 'A pattern cannot be negated with ! here.'
  if (pattern.startsWith('\\#')) return 'A pattern cannot begin with an escaped # here.'
  const bare = pattern.replaceAll(/\\./gsu, '_')
  if (/[[\]]/.test(bare)) return 'Both [ and ] must be escaped with \\; they mark no range of characters here.'
  if (bare.includes('***')) return 'A pattern cannot have three asterisks in a row.'
  if (bare.endsWith('\\')) return 'A pattern cannot end with \\.'
  return pattern === '/' ? 'The pattern / matches nothing; * matches everything.' : null
}

/**
 * Like gitignore, but for a last `*` of its own: `docs/*` is about the files of docs, not those of its directories. A
 * pattern with a slash that is not its last character is anchored to the root.
 */
function globOf(pattern: string): PathGlob {
  const segments = readSegments(pattern, { hasSets: false })
  const isAnchored = segments.length > 1 && segments[0] === ''
  if (isAnchored) segments.shift()
  const isDirectory = segments.length > 1 && segments.at(-1) === ''
  if (isDirectory) segments.pop()
  const last = segments.at(-1)!
  if (!isAnchored && segments.length === 1 && last !== ANY_DEPTH) segments.unshift(ANY_DEPTH)
  if (last === ANY_DEPTH) return { segments: [...segments.slice(0, -1), ANY_NAME], isOpen: true }
  if (isDirectory) return { segments: [...segments, ANY_NAME], isOpen: true }
  return { segments, isOpen: last !== ANY_NAME }
}
