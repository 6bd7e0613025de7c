import type { LineError, Rule, Section } from './code-owners.ts'
import { readHeading, type Heading } from './gitlab-heading.ts'
import { readGitlabOwners } from './gitlab-owners.ts'
import { ANY_DEPTH, ANY_NAME, readSegments, type PathGlob } from './glob.ts'
import type { Owner } from './owner.ts'
import { createAllowance, excessOf, quoted, splitAtSpace } from './parse-line.ts'

type OpenSection = { section: Section; rules: Rule[]; exclusions: Rule[] }
type Entry = {
  section: OpenSection
  heading: Heading | null
  line: number
  text: string
  isAllowed: (pattern: string) => boolean
  report: Report
}
type Report = (message: string) => void

/** In GitLab the section of what stands before any heading has a name too. */
const UNNAMED = 'codeowners'

/**
 * GitLab's rules: https://docs.gitlab.com/user/project/codeowners/reference and …/advanced. A line with an error counts
 * for what can be read of it.
 */
export function parseGitlab(lines: readonly string[]): { errors: LineError[]; sections: Section[] } {
  const errors: LineError[] = []
  const isAllowed = createAllowance()
  const sections = new Map<string, OpenSection>([[UNNAMED, openSection(null)]])
  let [section, heading]: [OpenSection, Heading | null] = [sections.get(UNNAMED)!, null]
  lines.forEach((text, index) => {
    if (text === '' || text.startsWith('#')) return
    const report = (message: string) => void errors.push({ line: index + 1, message })
    const read = readHeading(text, report)
    if (read === null) {
      addEntry({ section, heading, line: index + 1, text, isAllowed, report })
      return
    }
    heading = read
    section = sectionOf(sections, heading)
  })
  return { errors, sections: [...sections.values()].map(({ section: made }) => made) }
}

function openSection(heading: Heading | null): OpenSection {
  const [rules, exclusions]: [Rule[], Rule[]] = [[], []]
  const { name = null, isOptional = false, approvals = 1 } = heading ?? {}
  return { section: { name, isOptional, approvals, rules, exclusions }, rules, exclusions }
}

/** Sections of one name are one, as it is first written, and optional only if each of them is. */
function sectionOf(sections: Map<string, OpenSection>, heading: Heading): OpenSection {
  const key = heading.name.toLowerCase()
  const known = sections.get(key)
  if (known === undefined) {
    const opened = openSection(heading)
    sections.set(key, opened)
    return opened
  }
  const { section } = known
  section.isOptional &&= heading.isOptional
  section.approvals = Math.max(section.approvals, heading.approvals)
  return known
}

function addEntry({ section, heading, line, text, isAllowed, report }: Entry): void {
  if (/^\^?\[[^\]]*$/.test(text)) report('A section heading must have a closing ]; the line is taken for a rule.')
  const isExclusion = text.startsWith('!')
  const [pattern, rest] = splitAtSpace(isExclusion ? text.slice(1) : text)
  const excess = excessOf(pattern, isAllowed)
  if (pattern === '') report('An exclusion must name a path.')
  else if (excess !== null) report(excess)
  else if (isExclusion) section.exclusions.push({ line, pattern, glob: globOf(pattern), owners: [] })
  else section.rules.push({ line, pattern, glob: globOf(pattern), owners: ownersOf(rest, heading, report) })
}

function ownersOf(rest: string, heading: Heading | null, report: Report): readonly Owner[] {
  if (rest.trim() === '') {
    if ((heading?.owners.length ?? 0) === 0) report('The line names no owner, and its section has none by default.')
    return heading?.owners ?? []
  }
  const { owners, malformed } = readGitlabOwners(rest)
  if (malformed.length > 0) report(`No owner can be read from ${malformed.slice(0, 5).map(quoted).join(', ')}.`)
  const roles = owners.filter(({ kind }) => kind === 'role')
  if (roles.length > 0) report(`Who has the role ${roles[0]!.name} only GitLab knows; nobody is found by it here.`)
  return owners
}

/**
 * What GitLab makes of a pattern, `normalize_pattern` of its Gitlab::CodeOwners::File, for Ruby's `File.fnmatch?` with
 * DOTMATCH and PATHNAME: there a `**` means many directories only before a slash.
 */
function globOf(written: string): PathGlob {
  let pattern = written.replace(/^\\#/, '#').replaceAll(/\\\s+/g, ' ')
  if (!pattern.startsWith('/')) pattern = `/**/${pattern}`
  if (pattern.endsWith('/')) pattern = `${pattern}**/*`
  const [, ...segments] = readSegments(pattern, { hasSets: true })
  if (segments.at(-1) === ANY_DEPTH) segments[segments.length - 1] = ANY_NAME
  return { segments, isOpen: false }
}
