import { compareIds, countUpTo } from '../../../../shared/ids.ts'
import type { TeamState } from '../decide.ts'
import { LOOK_LIMIT, type Policy } from './policy.ts'

/** Everybody in turn, by user id; whoever cannot take a turn is passed over. */
export const roundRobin: Policy = {
  version: 1,
  lookLimit: LOOK_LIMIT,
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

function lookAtNextInTurn(
  pool: readonly number[],
  size: number,
  { roster, lastInRotation }: Pick<TeamState, 'roster' | 'lastInRotation'>,
): readonly number[] {
  const idOf = (position: number) => roster.members[position]!.userId
  const first = lastInRotation === null ? 0 : countUpTo(pool, lastInRotation, idOf)
  return Array.from({ length: Math.min(size, pool.length) }, (_, turn) => pool[(first + turn) % pool.length]!)
}
