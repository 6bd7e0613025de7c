import { forFirstSeat, scoreOf, type Facts, type Shares } from '../expertise/score.ts'
import { leastLoaded } from './least-loaded.ts'
import { LOOK_LIMIT, lookAtSample, type Candidates, type ChoiceContext, type Policy } from './policy.ts'

/** Enough for two seats and for whoever asks why they got none; each costs room in the record. */
const SHORT_LIST = 16

/**
 * Whoever can review the change well and was not asked much lately (`expertise/score.ts`), which the first of several reviewers minds less
 * than the others; of equals the more popular, then whoever has the fewest open reviews. In large teams all active members are scored, and
 * those of the highest scores are looked at.
 */
export const expertise: Policy = {
  version: 1,
  lookLimit: SHORT_LIST,
  look(pool, size, team, seed, request) {
    const { knowledge = null } = request
    if (knowledge === null) return lookAtSample(pool, size === SHORT_LIST ? LOOK_LIMIT : size, team, seed)
    const outsiders = [request.authorId, request.replacedId ?? request.authorId, ...request.keptIds]
    const by = request.wanted > 1 ? forFirstSeat(knowledge.shares) : knowledge.shares
    const best = knowledge.best(pool, size + outsiders.length, by)
    return best.filter((position) => !outsiders.includes(team.roster.members[position]!.userId))
  },
  choose(candidates, eligible, wanted, context) {
    const { knowledge } = candidates
    if (knowledge === null) return leastLoaded.choose(candidates, eligible, wanted, context)
    const { shares } = knowledge
    const inOrder = bestFirst(candidates, knowledge.facts, eligible, shares, context)
    if (!context.isFirstOfSeveral || eligible.length === 0) return inOrder.slice(0, wanted)
    const [first] = bestFirst(candidates, knowledge.facts, eligible, forFirstSeat(shares), context)
    return [first!, ...inOrder.filter((index) => index !== first)].slice(0, wanted)
  },
}

function bestFirst(
  candidates: Candidates,
  facts: readonly Facts[],
  eligible: readonly number[],
  by: Shares,
  context: ChoiceContext,
): number[] {
  const scores = facts.map((each) => scoreOf(each, by))
  const compare = (a: number, b: number) => scores[b]! - scores[a]! || facts[b]!.popularity - facts[a]!.popularity
  const sorted = eligible.toSorted(compare)
  const hasEquals = sorted.some((index, place) => place > 0 && compare(sorted[place - 1]!, index) === 0)
  // Ranking by open reviews first, for a sort that keeps the order of equals, takes longer than all the rest.
  return hasEquals ? leastLoaded.choose(candidates, eligible, eligible.length, context).toSorted(compare) : sorted
}
