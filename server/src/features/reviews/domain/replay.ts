import type { RosterMember } from '../../people/index.ts'
import { decide, decideAmong } from './decide.ts'
import { encodeDecision, type Decision } from './decision.ts'

/**
 * Decides a recorded decision again with the production `decide`: from the roster of that version, where who is looked
 * at is found anew too, or from the recorded people alone. A restored review was not decided, so it stays as it is.
 */
export function decideAgain(recorded: Decision, roster?: readonly RosterMember[]): Decision {
  const { kind, authorId, wanted, keptIds, replacedId, seed } = recorded
  if (kind === 'restore') return recorded
  const request = { kind, authorId, wanted, keptIds, replacedId }
  const people = roster ?? recordedPeople(recorded)
  const loads = new Map(recorded.lookedAt.map(({ userId, openReviews }) => [userId, openReviews]))
  const team = {
    roster: {
      teamName: recorded.teamName,
      version: recorded.rosterVersion,
      policy: recorded.policy,
      reviewersWanted: wanted,
      members: people,
      activeIds: people.filter(({ isActive }) => isActive).map(({ userId }) => userId),
    },
    lastInRotation: recorded.lastInRotation,
    openReviewsOf: (userId: string) => loads.get(userId) ?? 0,
  }
  if (roster !== undefined) return decide(team, request, seed)
  return { ...decideAmong(people, team, request, seed), rosterSize: recorded.rosterSize }
}

/** Whether the two are the same, bit for bit. */
export function isSameDecision(a: Decision, b: Decision): boolean {
  return encodeDecision(a) === encodeDecision(b)
}

function recordedPeople({ lookedAt }: Decision): RosterMember[] {
  return lookedAt.map(({ userId, exclusion }) => ({ userId, isActive: exclusion !== 'INACTIVE' }))
}
