import { indexGlobs, type GlobIndex } from './glob-index.ts'
import type { PathGlob } from './glob.ts'
import type { Owner } from './owner.ts'
import { parseGithub } from './parse-github.ts'
import { parseGitlab } from './parse-gitlab.ts'

export const dialects = ['github', 'gitlab'] as const
/** Whose rules a CODEOWNERS file is written by. */
export type Dialect = (typeof dialects)[number]

/** What is wrong with a line, counted from 1. */
export type LineError = { line: number; message: string }

export type Rule = {
  line: number
  /** As it stands in the file. */
  pattern: string
  glob: PathGlob
  /** Nobody: files that match are owned by nobody. */
  owners: readonly Owner[]
}

/** Rules of which the last that matches a path counts; the sections of a file count beside each other. */
export type Section = {
  /** Null for what stands before any heading, and for GitHub. */
  name: string | null
  isOptional: boolean
  /** How many owners are to approve. */
  approvals: number
  rules: readonly Rule[]
  /** Whose files the section says nothing about, whatever its rules say. */
  exclusions: readonly Rule[]
}

export type IndexedSection = Section & { ruleIndex: GlobIndex; exclusionIndex: GlobIndex }

/** A CODEOWNERS file, ready to be asked. */
export type CodeOwners = {
  dialect: Dialect
  /** What the code host would complain about too; lines that it would skip are skipped here. */
  errors: readonly LineError[]
  /** Those with rules, as they stand in the file. */
  sections: readonly IndexedSection[]
}

/** Reads any text; what is wrong with it stands in `errors`, by line, and the rest counts. */
export function parseCodeOwners(dialect: Dialect, text: string): CodeOwners {
  const lines = text.split('\n').map((line) => line.trim())
  const { errors, sections } = dialect === 'github' ? parseGithub(lines) : parseGitlab(lines)
  const used = sections.filter(({ rules, exclusions }) => rules.length + exclusions.length > 0)
  return { dialect, errors, sections: used.map(indexed) }
}

export function ruleCount({ sections }: CodeOwners): number {
  return sections.reduce((sum, { rules, exclusions }) => sum + rules.length + exclusions.length, 0)
}

function indexed(section: Section): IndexedSection {
  return {
    ...section,
    ruleIndex: indexGlobs(section.rules.map(({ glob }) => glob)),
    exclusionIndex: indexGlobs(section.exclusions.map(({ glob }) => glob)),
  }
}
