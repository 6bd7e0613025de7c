import { compareIds } from '../../../shared/ids.ts'
import { createRoster, type Roster } from '../../../shared/roster.ts'
import { decide, effortOf, LocalExpertise, rankedIds, seedFrom } from '../../reviews/index.ts'
import type { Ranker } from '../ranker.ts'

/** Tandem's own rule, with this weight of the load: the production `decide`, in one team of all candidates. */
export function expertise(loadWeight: number): Ranker {
  const local = new LocalExpertise()
  let roster = createRoster({ teamName: 'everybody', version: 1, policy: 'expertise', members: [] })
  return {
    name: `expertise, λ = ${loadWeight}`,
    rank({ id, authorId, files, openedMs, wanted, lines }, candidates) {
      roster = rosterOf(roster, [...candidates, authorId])
      const knowledge = local.knowledgeOf(roster, { authorId, files, atMs: openedMs }, loadWeight)
      const request = { kind: 'create', authorId, wanted, keptIds: [], replacedId: null, knowledge } as const
      const team = { roster, openReviewsAt: () => 0, lastInRotation: null }
      const decision = decide(team, request, seedFrom(id))
      local.assign(decision.assignedIds, openedMs, effortOf(lines))
      return rankedIds(decision)
    },
    learn: (change) => local.learn(change),
  }
}

/** The roster of these people; the one there is, where it is of the same. */
function rosterOf(known: Roster, userIds: readonly string[]): Roster {
  const members = [...new Set(userIds)].toSorted(compareIds)
  if (members.length === known.members.length && members.every((id, place) => known.members[place]!.userId === id)) {
    return known
  }
  return createRoster({ ...known, members: members.map((userId) => ({ userId, isActive: true })) })
}
