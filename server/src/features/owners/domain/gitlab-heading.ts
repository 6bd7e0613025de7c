import { readGitlabOwners } from './gitlab-owners.ts'
import type { Owner } from './owner.ts'

export type Heading = {
  name: string
  isOptional: boolean
  approvals: number
  /** Who owns what its rules name nobody for. */
  owners: readonly Owner[]
}

const HEADING = /^(\^?)\[([^\]]*)\](?:\[([^\]]*)\])?(.*)$/s
const OWNERS = /^[@\w.\-/\s]*/
const MAX_APPROVALS = 1000

/**
 * `[Name]`, `^[Optional]`, `[Name][2]`, each with or without owners after it; null for a line that is no heading. What is
 * wrong with a heading is reported, and the rest of it counts, as in GitLab's SectionParser.
 */
export function readHeading(line: string, report: (message: string) => void): Heading | null {
  const match = HEADING.exec(line)
  if (match === null) return null
  const [, mark, name = '', approvals, tail = ''] = match
  const isOptional = mark === '^'
  if (name === '') report('A section must have a name.')
  if (approvals !== undefined) checkApprovals(approvals, isOptional, report)
  const ownersText = OWNERS.exec(tail)![0]
  if (ownersText.length < tail.length || /^\S/.test(tail)) {
    report('A section heading must be [Name], [Name][2] or either with owners after a space.')
  }
  const { owners, malformed } = readGitlabOwners(ownersText)
  if (malformed.length > 0) report('The owners of a section must be @user, @group, @@role or an e-mail address.')
  return { name, isOptional, approvals: approvalsOf(approvals), owners }
}

function checkApprovals(text: string, isOptional: boolean, report: (message: string) => void): void {
  if (isOptional) report('An optional section needs no approvals.')
  else if (!/^0*[1-9]\d*$/.test(text)) report('The number of approvals must be a whole number of at least 1.')
}

/** What is no number counts as 1. */
function approvalsOf(text: string | undefined): number {
  const digits = /^\s*(\d+)/.exec(text ?? '')?.[1] ?? ''
  return Math.min(MAX_APPROVALS, Math.max(1, Number(digits)))
}
