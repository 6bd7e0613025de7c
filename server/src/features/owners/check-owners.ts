import type { Actor } from '../../shared/actor.ts'
import { parseCodeOwners, type Dialect } from './domain/code-owners.ts'
import { ownersOf, requiredOwners, type OwnedPath } from './domain/owned-paths.ts'
import type { Owner } from './domain/owner.ts'
import { summarize, type OwnersSummary } from './owners-summary.ts'
import { tooManyPaths } from './refusals.ts'

export type OwnersCheck = { dialect: Dialect; content: string; paths: readonly string[] }
export type CheckedOwners = OwnersSummary & { paths: readonly OwnedPath[]; required: readonly Owner[] }

/** Characters of the file times characters of all paths: a large file and a few hundred paths. */
const MAX_WORK = 2 ** 30

/** What a file would say, without storing it. */
export function checkOwners(_actor: Actor, { dialect, content, paths }: OwnersCheck): CheckedOwners {
  if (content.length * paths.join('').length > MAX_WORK) throw tooManyPaths()
  const file = parseCodeOwners(dialect, content)
  return { ...summarize(file), paths: ownersOf(file, paths), required: requiredOwners(file, paths) }
}
