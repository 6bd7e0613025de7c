import { hashText } from '../../../shared/hash.ts'
import type { Roster } from '../../../shared/roster.ts'
import type { Circumstances } from './circumstances.ts'
import { draw } from './seeded-random.ts'

/** A count below this is no knowledge to rely on. */
const KNOWING = 0.25

/** Somebody who knows a file, and how well: a decayed count. */
export type Knower = { userId: string; count: number }

/**
 * Whether a file is known, but by at most one active member of the team: it would be lost with that one (E. Mirsaeedi, P. Rigby: Mitigating
 * Turnover with Code Review Recommendation, ICSE 2020). A file nobody has changed yet is not at risk.
 */
export function isAtRisk(knowersOfFile: readonly Knower[], activeIds: ReadonlySet<string>): boolean {
  const knowers = knowersOfFile.filter(({ count }) => count >= KNOWING)
  return knowers.length > 0 && knowers.filter(({ userId }) => activeIds.has(userId)).length <= 1
}

/** Who learns beside the reviewers: a shadow of the team who is there, one as likely as another; null where there is none. */
export function shadowFor(
  { members, activePositions }: Roster,
  circumstances: Circumstances | null,
  takenIds: readonly string[],
  seed: number,
): string | null {
  const shadows = activePositions.filter((position) => circumstances?.at(position)?.hindrance === 'SHADOW')
  const free = shadows.map((position) => members[position]!.userId).filter((userId) => !takenIds.includes(userId))
  return free.toSorted((a, b) => draw(seed, hashText(a)) - draw(seed, hashText(b)))[0] ?? null
}

export function hasShadows({ traits, shadowBudget }: Roster): boolean {
  return shadowBudget > 0 && traits.size > 0 && [...traits.values()].some(({ level }) => level === 'shadow')
}

/** How many pull requests of a team there were lately, and how many had a shadow. */
export type ShadowUse = { pullRequests: number; shadowed: number }

/** Whether one more may have a shadow without more than that share having one. */
export function isWithinBudget({ pullRequests, shadowed }: ShadowUse, budget: number): boolean {
  return shadowed + 1 <= budget * (pullRequests + 1)
}
