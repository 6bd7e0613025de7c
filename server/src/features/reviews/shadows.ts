import type { Tx } from '../../infra/db/database.ts'
import { activeIdsOf, type Roster } from '../../shared/roster.ts'
import type { Conditions } from './conditions.ts'
import type { Decision } from './domain/decision.ts'
import { pathsOf, type Details } from './domain/pull-request.ts'
import { filesAtRisk, hasShadows, isWithinBudget, shadowFor, type ShadowUse } from './domain/shadow.ts'
import { countShadows, lockShadows } from './queries/shadows.ts'
import type { Deciding } from './reviews.ts'

/** Whether somebody may learn beside the reviewers of this pull request, should the budget allow it. */
export function isForShadow(deps: Deciding, roster: Roster, details: Details | null): boolean {
  if (!hasShadows(roster)) return false
  const atMs = deps.nowMs()
  const knowersOf = (path: string) => deps.expertise.knowersOf(path, atMs)
  return filesAtRisk(pathsOf(details), knowersOf, new Set(activeIdsOf(roster))).length > 0
}

/** How often teams have used their shadows, held by a transaction and counted on while it decides. */
export class HeldShadows {
  readonly #uses: Map<string, ShadowUse>

  constructor(uses: ReadonlyMap<string, ShadowUse> = new Map()) {
    this.#uses = new Map(uses)
  }

  /** To be asked about each new pull request of the team; null where the budget does not allow a shadow, or nobody can be one. */
  choose(roster: Roster, { circumstances }: Conditions, decision: Decision, isWanted: boolean): string | null {
    const use = this.#uses.get(roster.teamName)
    if (use === undefined) return null
    const isAllowed = isWanted && isWithinBudget(use, roster.shadowBudget)
    const takenIds = [decision.authorId, ...decision.keptIds, ...decision.assignedIds]
    const shadowId = isAllowed ? shadowFor(roster, circumstances, takenIds, decision.seed) : null
    const shadowed = use.shadowed + (shadowId === null ? 0 : 1)
    this.#uses.set(roster.teamName, { pullRequests: use.pullRequests + 1, shadowed })
    return shadowId
  }
}

export async function holdShadows({ workspaceId }: Deciding, tx: Tx, rosters: readonly Roster[]): Promise<HeldShadows> {
  const names = rosters.filter(hasShadows).map(({ teamName }) => teamName)
  if (names.length === 0) return new HeldShadows()
  const [, counts] = await Promise.all([
    tx.run(lockShadows(workspaceId, names)),
    tx.run(countShadows(workspaceId, names)),
  ])
  return new HeldShadows(new Map(counts.map(({ teamName, ...use }) => [teamName, use])))
}
