import type { ReviewRequest, TeamState } from '../decide.ts'
import { exclusionByCircumstance, exclusionOf } from '../decision.ts'
import { policies } from './index.ts'
import { LOOK_LIMIT } from './policy.ts'

type Looking = Pick<ReviewRequest, 'circumstances' | 'knowledge'>
type Requested = Looking & Pick<ReviewRequest, 'authorId' | 'keptIds' | 'replacedId' | 'wanted'>

/**
 * Positions of whoever a decision looks at: everybody in a team of up to `LOOK_LIMIT`, else those the policy takes out of the active
 * members. Where there are circumstances, whoever is not hindered and has the fewest setbacks is taken first; where newcomers would be
 * alone, at least one is taken who could be with them.
 */
export function lookAt(team: TeamState, request: Requested, seed: number): readonly number[] {
  const { members, activePositions, policy } = team.roster
  if (members.length <= LOOK_LIMIT) return [...members.keys()]
  const { look, lookLimit } = policies[policy]
  const pools = poolsOf(team, request)
  if (pools === null) return look(activePositions, lookLimit, team, seed, request)
  const looked: number[] = []
  for (const pool of pools) {
    if (looked.length >= lookLimit) break
    looked.push(...look(pool, lookLimit - looked.length, team, seed, request))
  }
  const isCompanion = companionTest(team, request)
  if (isCompanion !== null && !looked.some(isCompanion)) {
    const companions = pools.map((pool) => pool.filter(isCompanion)).find((some) => some.length > 0) ?? []
    looked.push(...look(companions, 1, team, seed, request))
  }
  return looked.toSorted((a, b) => a - b)
}

/** Whether the roster of that version and the seed tell who was looked at. */
export function isLookDerivable({ roster }: TeamState, request: Looking & Pick<ReviewRequest, 'kind'>): boolean {
  // Its short list was made by the plan, and stands in the record by name.
  if (request.kind === 'hand-over') return true
  const isInformed = roster.policy === 'expertise' && (request.knowledge ?? null) !== null
  return roster.members.length <= LOOK_LIMIT || (!isInformed && (request.circumstances ?? null) === null)
}

const HINDERED = Infinity

/** The active members: who can be asked, by their setbacks, then those who cannot. Null where all are alike. */
function poolsOf(team: TeamState, request: Requested): number[][] | null {
  const { circumstances = null, wanted } = request
  if (circumstances === null) return null
  const isBarred = !circumstances.isAccompanied && wanted <= 1
  const byRank = Map.groupBy(team.roster.activePositions, (position) => {
    const circumstance = circumstances.at(position)
    if (isHindered(team, request, position) || (isBarred && circumstance?.isNewcomer === true)) return HINDERED
    return circumstance?.setback ?? 0
  })
  return [...byRank].toSorted(([a], [b]) => a - b).map(([, pool]) => pool)
}

function isHindered({ roster, openReviewsAt }: TeamState, request: Requested, position: number): boolean {
  const circumstance = request.circumstances?.at(position) ?? null
  if (exclusionByCircumstance(circumstance, openReviewsAt(position)) !== null) return true
  return exclusionOf(roster.members[position]!.userId, request) !== null
}

/** Tells who can review beside a newcomer; null where somebody who stays does already. */
function companionTest(team: TeamState, request: Requested): ((position: number) => boolean) | null {
  const { circumstances = null } = request
  if (circumstances === null || circumstances.isAccompanied) return null
  return (position) => circumstances.at(position)?.isNewcomer !== true && !isHindered(team, request, position)
}
