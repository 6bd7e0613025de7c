import { compareIds, countUpTo } from '../../../../shared/ids.ts'
import type { TeamState } from '../decide.ts'
import { LOOK_LIMIT, type Policy } from './policy.ts'

/** Everybody in turn, by user id; whoever cannot take a turn is passed over. */
export const roundRobin: Policy = {
  version: 1,
  look: lookAtNextInTurn,
  choose: ({ people }, eligible, wanted, { lastInRotation }) => {
    const hadTurn = (userId: string) => lastInRotation !== null && compareIds(userId, lastInRotation) <= 0
    const idOf = (index: number) => people[index]!.userId
    const inTurn = eligible.toSorted(
      (a, b) => Number(hadTurn(idOf(a))) - Number(hadTurn(idOf(b))) || compareIds(idOf(a), idOf(b)),
    )
    return inTurn.slice(0, wanted)
  },
}

function lookAtNextInTurn({ roster, lastInRotation }: Pick<TeamState, 'roster' | 'lastInRotation'>): readonly number[] {
  const { members, activePositions: active } = roster
  if (members.length <= LOOK_LIMIT) return [...members.keys()]
  const first = lastInRotation === null ? 0 : countUpTo(active, lastInRotation, (position) => members[position]!.userId)
  const size = Math.min(LOOK_LIMIT, active.length)
  return Array.from({ length: size }, (_, turn) => active[(first + turn) % active.length]!)
}
