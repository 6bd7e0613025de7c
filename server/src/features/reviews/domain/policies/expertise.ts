import { hashText } from '../../../../shared/hash.ts'
import { compareIds } from '../../../../shared/ids.ts'
import { burdenOf, forFirstSeat, skillOf, type Shares } from '../expertise/score.ts'
import { draw } from '../seeded-random.ts'
import { leastLoaded } from './least-loaded.ts'
import { LOOK_LIMIT, lookAtSample, type Policy } from './policy.ts'

/** Enough for two seats and for whoever asks why they got none; each costs room in the record. */
const SHORT_LIST = 10

/**
 * Whoever can review the change well and was not asked much lately (`expertise/score.ts`), which the first of several reviewers minds less
 * than the others; of equals the more popular, then whoever has the fewest open reviews. In large teams those of the highest scores
 * are looked at.
 */
export const expertise: Policy = {
  version: 2,
  lookLimit: SHORT_LIST,
  look(pool, size, team, seed, request) {
    const { knowledge = null } = request
    if (knowledge === null) return lookAtSample(pool, size === SHORT_LIST ? LOOK_LIMIT : size, team, seed)
    const outsiders = [request.authorId, request.replacedId ?? request.authorId, ...request.keptIds]
    const by = request.wanted > 1 ? forFirstSeat(knowledge.shares) : knowledge.shares
    const best = knowledge.best(pool, size + outsiders.length, by, seed)
    const { members, hashes } = team.roster
    const suspects = outsiders.map(hashText)
    return best.filter(
      (position) => !suspects.includes(hashes[position]!) || !outsiders.includes(members[position]!.userId),
    )
  },
  choose(candidates, eligible, wanted, context) {
    const { knowledge, people, openReviews, hashes } = candidates
    if (knowledge === null) return leastLoaded.choose(candidates, eligible, wanted, context)
    const { facts, shares } = knowledge
    const skills = facts.map((each) => skillOf(each, shares))
    const burdens = facts.map(({ load }) => burdenOf(load, 1))
    const scoresBy = ({ loadWeight }: Shares) => skills.map((skill, index) => skill - loadWeight * burdens[index]!)
    const scores = scoresBy(shares)
    const firstScores = context.isFirstOfSeveral ? scoresBy(forFirstSeat(shares)) : scores

    function compare(by: readonly number[], a: number, b: number): number {
      return (
        by[b]! - by[a]! ||
        facts[b]!.popularity - facts[a]!.popularity ||
        openReviews[a]! - openReviews[b]! ||
        draw(context.seed, hashes[a]!) - draw(context.seed, hashes[b]!) ||
        compareIds(people[a]!.userId, people[b]!.userId)
      )
    }
    const left = [...eligible]
    const chosen: number[] = []
    while (chosen.length < wanted && left.length > 0) {
      const by = chosen.length === 0 ? firstScores : scores
      let best = 0
      for (let place = 1; place < left.length; place++) if (compare(by, left[place]!, left[best]!) < 0) best = place
      chosen.push(...left.splice(best, 1))
    }
    return chosen
  },
}
