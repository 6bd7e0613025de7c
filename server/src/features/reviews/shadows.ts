import type { Tx } from '../../infra/db/database.ts'
import { activeIdsOf, type Roster } from '../../shared/roster.ts'
import type { Conditions } from './conditions.ts'
import type { Decision } from './domain/decision.ts'
import { pathsOf, type Details } from './domain/pull-request.ts'
import { hasShadows, isAtRisk, isWithinBudget, shadowFor, type ShadowUse } from './domain/shadow.ts'
import { countShadows, lockShadows } from './queries/shadows.ts'
import type { Deciding } from './reviews.ts'

/** Whether somebody may learn beside the reviewers of each of these pull requests, should the budget allow it: where files are at risk. */
export async function areForShadows(
  deps: Pick<Deciding, 'expertise'>,
  subjects: readonly { roster: Roster | undefined; details: Details | null }[],
): Promise<readonly boolean[]> {
  const pathsFor = subjects.map(({ roster, details }) =>
    roster === undefined || !hasShadows(roster) ? [] : pathsOf(details),
  )
  if (pathsFor.every(({ length }) => length === 0)) return subjects.map(() => false)
  const knowers = await deps.expertise.knowersOf(pathsFor.flat())
  let from = 0
  return subjects.map(({ roster }, index) => {
    const to = from + pathsFor[index]!.length
    const ofFiles = knowers.slice(from, to)
    from = to
    if (roster === undefined || ofFiles.length === 0) return false
    const activeIds = new Set(activeIdsOf(roster))
    return ofFiles.some((each) => isAtRisk(each, activeIds))
  })
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
