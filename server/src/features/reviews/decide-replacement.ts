import { conditionsOf } from './conditions.ts'
import { decideFor, type DecisionFor } from './domain/decide-for.ts'
import { decide, type TeamState } from './domain/decide.ts'
import type { Skills } from './domain/expertise/skills.ts'
import type { FullPullRequest } from './domain/pull-request.ts'
import { seedFrom } from './domain/seeded-random.ts'
import type { Deciding } from './reviews.ts'

/** `proposedId`: who was proposed, and nobody else shall it be; null for whoever comes first. */
export type Replacement = { oldUserId: string; proposedId: string | null }

/** Whoever proposes and whoever accepts draw the same lot: from the same facts both come to the same person. */
export function seedOfProposal(pullRequestId: string, oldUserId: string): number {
  return seedFrom('replacement', pullRequestId, oldUserId)
}

/** Who takes a reviewer's seat, the others staying; null where nobody can. Writes and remembers nothing. */
export function decideReplacement(
  deps: Deciding,
  team: TeamState,
  { authorId, details, reviewerIds }: FullPullRequest,
  { oldUserId, proposedId }: Replacement,
  { skills, seed }: { skills: Skills | null; seed: number },
): DecisionFor | null {
  const keptIds = reviewerIds.filter((id) => id !== oldUserId)
  const conditions = conditionsOf(deps, team.roster, { authorId, details, keptIds }, skills)
  const request = { kind: 'reassign', authorId, wanted: 1, keptIds, replacedId: oldUserId, ...conditions } as const
  if (proposedId !== null) return decideFor(proposedId, team, request, seed)
  const decision = decide(team, request, seed)
  return decision.assignedIds.length === 0 ? null : { decision, isFree: true }
}
