import { hashText } from '../../../shared/hash.ts'
import type { Roster } from '../../../shared/roster.ts'
import type { Circumstances } from './circumstances.ts'
import { draw } from './seeded-random.ts'

/** A count below this is no knowledge to rely on. */
const KNOWING = 0.25

/** Those who know a file, and how well. */
export type Knowers = (path: string) => readonly { userId: string; count: number }[]

/**
 * Known files that at most one active member of the team knows: they would be lost with that one (E. Mirsaeedi, P. Rigby: Mitigating
 * Turnover with Code Review Recommendation, ICSE 2020). Files nobody has changed yet are not at risk.
 */
export function filesAtRisk(paths: readonly string[], knowersOf: Knowers, activeIds: ReadonlySet<string>): string[] {
  return paths.filter((path) => {
    const knowers = knowersOf(path).filter(({ count }) => count >= KNOWING)
    return knowers.length > 0 && knowers.filter(({ userId }) => activeIds.has(userId)).length <= 1
  })
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
