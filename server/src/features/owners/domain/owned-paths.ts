import type { CodeOwners, IndexedSection, Rule } from './code-owners.ts'
import { findLastMatch } from './glob-index.ts'
import { readPath, type Path } from './glob.ts'
import { distinctOwners, type Owner } from './owner.ts'

/** What one section says of a path. */
export type Ownership = {
  section: string | null
  isOptional: boolean
  approvals: number
  /** The line that decides. */
  line: number
  /** Nobody where the line names none or excludes the path: unowned, which is not the same as never mentioned. */
  owners: readonly Owner[]
}

/** `ownerships` is empty when no section says anything of the path. */
export type OwnedPath = { path: string; ownerships: readonly Ownership[] }

export function ownersOf(file: CodeOwners, paths: readonly string[]): OwnedPath[] {
  return paths.map((path) => {
    const read = readPath(path)
    return { path, ownerships: file.sections.flatMap((section) => ownershipsIn(section, read)) }
  })
}

/**
 * Whoever owns any of the paths by a section that is not optional; when that is nobody, by one that is. Roles are left
 * out, since nobody is known to have one.
 */
export function requiredOwners(file: CodeOwners, paths: readonly string[]): readonly Owner[] {
  const required: Owner[] = []
  const optional: Owner[] = []
  for (const path of paths) {
    const read = readPath(path)
    for (const section of file.sections) {
      const found = section.isOptional ? optional : required
      for (const owner of decidingRule(section, read)?.owners ?? []) if (owner.kind !== 'role') found.push(owner)
    }
  }
  return distinctOwners(required.length > 0 ? required : optional)
}

function ownershipsIn(section: IndexedSection, path: Path): Ownership[] {
  const rule = decidingRule(section, path)
  if (rule === undefined) return []
  const { name, isOptional, approvals } = section
  return [{ section: name, isOptional, approvals, line: rule.line, owners: rule.owners }]
}

/** An exclusion, wherever it stands in the section, is stronger than any rule. */
function decidingRule(section: IndexedSection, path: Path): Rule | undefined {
  const excluded = section.exclusions[findLastMatch(section.exclusionIndex, path)]
  return excluded ?? section.rules[findLastMatch(section.ruleIndex, path)]
}
