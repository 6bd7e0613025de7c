import type { Roster } from '../../../shared/roster.ts'
import { firstReturn, type Circumstances } from './circumstances.ts'
import { lookedAt, type Decision, type Exclusion } from './decision.ts'
import type { MissingReason } from './pull-request.ts'

/** Seats nobody could be found for, why, and when it is worth another try. */
export type Vacancy = {
  missing: number
  reason: MissingReason
  /** Any other version of the roster may have somebody. */
  triedVersion: number
  /** So may the same one, from this moment on; null where only another version can. */
  retryAt: string | null
}

const NEXT_TRY_MS = 5000

/** What is left to fill after a decision; null where everybody wanted was found. */
export function vacancyAfter(
  decision: Decision,
  roster: Roster,
  circumstances: Circumstances | null,
  atMs: number,
): Vacancy | null {
  const missing = decision.wanted - decision.assignedIds.length
  if (missing === 0) return null
  const reason = reasonOf(decision, roster)
  return { missing, reason, triedVersion: roster.version, retryAt: retryAt(roster, circumstances, reason, atMs) }
}

/** Of what keeps teammates away, that which could end soonest. */
const reasonsInOrder = ['AT_CAP', 'ABSENT', 'NEWCOMER_ALONE', 'SHADOW', 'NOT_OWNER', 'NEVER_ASSIGNED'] as const

function reasonOf(decision: Decision, { activePositions, members }: Roster): MissingReason {
  const teammates = activePositions.filter((position) => members[position]!.userId !== decision.authorId)
  if (teammates.length === 0) return 'NO_ACTIVE_TEAMMATE'
  const exclusions = new Set<Exclusion | null>(lookedAt(decision).map(({ exclusion }) => exclusion))
  return reasonsInOrder.find((reason) => exclusions.has(reason)) ?? 'EVERY_TEAMMATE_EXCLUDED'
}

/** Whoever has a cap may be below it soon, owners may be others; whoever is absent is back when the absence ends. */
function retryAt(
  roster: Roster,
  circumstances: Circumstances | null,
  reason: MissingReason,
  atMs: number,
): string | null {
  if (circumstances === null) return null
  const hasCap = [...roster.traits.values()].some(({ maxOpenReviews }) => maxOpenReviews !== null)
  const returnMs = firstReturn(roster, atMs)
  const nextMs = hasCap || reason === 'NOT_OWNER' ? atMs + NEXT_TRY_MS : returnMs
  if (nextMs === null) return null
  return new Date(Math.min(nextMs, returnMs ?? Infinity)).toISOString()
}
