import { positionOf } from '../../../shared/roster.ts'
import { decide, decideAmong, type ReviewRequest, type TeamState } from './decide.ts'
import type { Decision } from './decision.ts'

/** `isFree`: whether the team's policy would have chosen the same person on its own. */
export type DecisionFor = { decision: Decision; isFree: boolean }

/**
 * The decision of one seat for somebody who was proposed: the free one where that is for them, else one that looks at nobody else, by the
 * same rules. Null where they cannot be asked.
 */
export function decideFor(
  userId: string,
  team: TeamState,
  request: ReviewRequest & { wanted: 1 },
  seed: number,
): DecisionFor | null {
  const free = decide(team, request, seed)
  if (free.assignedIds.includes(userId)) return { decision: free, isFree: true }
  const position = positionOf(team.roster, userId)
  if (position === -1) return null
  // Stated, so that it is made again from the same one.
  const decision = { ...decideAmong([position], team, request, seed), positions: [position] }
  return decision.assignedIds.length === 0 ? null : { decision, isFree: false }
}
