import { compareIds, countUpTo } from '../../../../shared/ids.ts'
import type { RosterMember } from '../../../people/index.ts'
import type { TeamState } from '../decide.ts'
import { LOOK_LIMIT, type Policy } from './policy.ts'

/** Everybody in turn, by user id; whoever cannot take a turn is passed over. */
export const roundRobin: Policy = {
  version: 1,
  look: lookAtNextInTurn,
  choose: (eligible, wanted, { lastInRotation }) => {
    const hadTurn = (userId: string) => lastInRotation !== null && compareIds(userId, lastInRotation) <= 0
    const inTurn = eligible.toSorted(
      (a, b) => Number(hadTurn(a.userId)) - Number(hadTurn(b.userId)) || compareIds(a.userId, b.userId),
    )
    return inTurn.slice(0, wanted)
  },
}

function lookAtNextInTurn({ roster, lastInRotation }: TeamState): readonly RosterMember[] {
  if (roster.members.length <= LOOK_LIMIT) return roster.members
  const { activeIds } = roster
  const first = lastInRotation === null ? 0 : countUpTo(activeIds, lastInRotation, (userId) => userId)
  const size = Math.min(LOOK_LIMIT, activeIds.length)
  return Array.from({ length: size }, (_, turn) => ({
    userId: activeIds[(first + turn) % activeIds.length]!,
    isActive: true,
  }))
}
