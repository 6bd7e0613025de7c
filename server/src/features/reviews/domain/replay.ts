import { createRoster, type RosterMember } from '../../../shared/roster.ts'
import { decide, decideAmong } from './decide.ts'
import { encodeDecision } from './decision-record.ts'
import type { Decision } from './decision.ts'

/**
 * Decides a recorded decision again with the production `decide`: from the roster of that version, where who is looked
 * at is found anew too, or from the recorded people alone. A restored review was not decided, so it stays as it is.
 */
export function decideAgain(recorded: Decision, members?: readonly RosterMember[]): Decision {
  const { kind, authorId, wanted, keptIds, replacedId, seed, people, lastInRotation } = recorded
  if (kind === 'restore') return recorded
  const request = { kind, authorId, wanted, keptIds, replacedId }
  const roster = createRoster({
    teamName: recorded.teamName,
    version: recorded.rosterVersion,
    policy: recorded.policy,
    reviewersWanted: wanted,
    members: members ?? people,
  })
  if (members === undefined) {
    const team = { roster, lastInRotation, openReviewsAt: (position: number) => recorded.openReviews[position]! }
    return { ...decideAmong([...people.keys()], team, request, seed), rosterSize: recorded.rosterSize }
  }
  const loads = new Map(people.map(({ userId }, index) => [userId, recorded.openReviews[index]!]))
  const openReviewsAt = (position: number) => loads.get(members[position]!.userId) ?? 0
  return decide({ roster, lastInRotation, openReviewsAt }, request, seed)
}

/** Whether the two are the same, bit for bit. */
export function isSameDecision(a: Decision, b: Decision): boolean {
  return encodeDecision(a) === encodeDecision(b) && JSON.stringify(a.people) === JSON.stringify(b.people)
}
