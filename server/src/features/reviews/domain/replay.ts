import { createRoster, type RosterMember } from '../../../shared/roster.ts'
import { decide, decideAmong, type ReviewRequest } from './decide.ts'
import { encodeDecision } from './decision-record.ts'
import type { Decision } from './decision.ts'

/**
 * Decides a recorded decision again with the production `decide`: from the roster of that version, where who is looked
 * at is found anew too, or from the recorded people alone. What was no decision of Tandem's stays as it is.
 */
export function decideAgain(recorded: Decision, members?: readonly RosterMember[]): Decision {
  const { kind, authorId, wanted, keptIds, replacedId, seed, people, positions, lastInRotation } = recorded
  if (kind === 'restore' || kind === 'assign') return recorded
  const isLookRecorded = members === undefined || positions !== null
  const roster = createRoster({
    teamName: recorded.teamName,
    version: recorded.rosterVersion,
    policy: recorded.policy,
    reviewersWanted: wanted,
    members: isLookRecorded ? people : members,
  })
  const indexes = isLookRecorded ? null : indexesOf(people)
  const indexOf = (position: number) =>
    indexes === null ? position : (indexes.get(roster.members[position]!.userId) ?? -1)
  const request: ReviewRequest = { kind, authorId, wanted, keptIds, replacedId, ...conditionsOf(recorded, indexOf) }
  const openReviewsAt = (position: number) => recorded.openReviews[indexOf(position)] ?? 0
  const team = { roster, lastInRotation, openReviewsAt }
  if (!isLookRecorded) return decide(team, request, seed)
  const again = decideAmong([...people.keys()], team, request, seed)
  return { ...again, positions, rosterSize: recorded.rosterSize }
}

function indexesOf(people: readonly RosterMember[]): Map<string, number> {
  return new Map(people.map(({ userId }, index) => [userId, index]))
}

function conditionsOf(
  { circumstances, knowledge }: Decision,
  indexOf: (position: number) => number,
): Pick<ReviewRequest, 'circumstances' | 'knowledge'> {
  return {
    circumstances:
      circumstances === null
        ? null
        : { ...circumstances, at: (position) => circumstances.of[indexOf(position)] ?? null },
    knowledge:
      knowledge === null
        ? null
        : {
            shares: knowledge.shares,
            factsAt: (position) => knowledge.facts[indexOf(position)]!,
            best: (positions) => [...positions],
          },
  }
}

/** Whether the two are the same, bit for bit. */
export function isSameDecision(a: Decision, b: Decision): boolean {
  return encodeDecision(a) === encodeDecision(b) && JSON.stringify(a.people) === JSON.stringify(b.people)
}
