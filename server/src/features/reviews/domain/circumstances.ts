import { isAbsent, isAtWork, presentFrom } from '../../../shared/availability.ts'
import { positionOf, type MemberTraits, type Roster } from '../../../shared/roster.ts'

/** Why somebody may not be asked for this pull request, whatever their rank. */
export type Hindrance = 'ABSENT' | 'NEVER_ASSIGNED' | 'NOT_OWNER' | 'SHADOW'

/** Why somebody comes after others: of two people the one with the smaller sum comes first, whatever the policy says. */
export const setbacks = { CHOSEN_LAST: 1, OFF_HOURS: 2, NOT_OWNER: 4, NOT_MENTOR: 8 } as const
export type Setback = keyof typeof setbacks

/** What of somebody's life and standing matters to one pull request. */
export type Circumstance = {
  hindrance: Hindrance | null
  /** Most open reviews this person may have. */
  cap: number | null
  /** Sum of `setbacks`. */
  setback: number
  /** May review, but never alone. */
  isNewcomer: boolean
}

export type Circumstances = {
  /** Of the member at this position of the roster; null where there is nothing to consider. */
  at: (position: number) => Circumstance | null
  /** Whether one of the reviewers who stay is no newcomer. */
  isAccompanied: boolean
}

export type Situation = {
  authorId: string
  atMs: number
  keptIds: readonly string[]
  /** Null where owners do not matter. */
  isOwner: ((userId: string) => boolean) | null
  /** Whom the team's last decision chose. */
  lastChosenIds: readonly string[]
}

/** Null where nobody in the team has anything to consider, as in most. */
export function circumstancesOf(roster: Roster, situation: Situation): Circumstances | null {
  const { traits, members } = roster
  const hasOwners = roster.ownersMode !== 'off' && situation.isOwner !== null
  const hasLast = roster.avoidsRepeats && situation.lastChosenIds.length > 0
  if (traits.size === 0 && !hasOwners && !hasLast) return null
  const mentorId = mentorOf(roster, situation.authorId)
  return {
    isAccompanied: situation.keptIds.some((id) => traits.get(id)?.level !== 'newcomer'),
    at(position) {
      const { userId } = members[position]!
      const found = traits.get(userId)
      const isStranger = hasOwners && !situation.isOwner!(userId)
      const setback =
        (hasLast && situation.lastChosenIds.includes(userId) ? setbacks.CHOSEN_LAST : 0) +
        (isOffHours(found, situation.atMs) ? setbacks.OFF_HOURS : 0) +
        (isStranger ? setbacks.NOT_OWNER : 0) +
        (mentorId !== null && mentorId !== userId ? setbacks.NOT_MENTOR : 0)
      const hindrance = hindranceOf(found, situation, isStranger && roster.ownersMode === 'require')
      const isNewcomer = found?.level === 'newcomer'
      const cap = found?.maxOpenReviews ?? null
      if (hindrance === null && cap === null && setback === 0 && !isNewcomer) return null
      return { hindrance, cap, setback, isNewcomer }
    },
  }
}

function hindranceOf(
  traits: MemberTraits | undefined,
  { authorId, atMs }: Situation,
  isNoOwner: boolean,
): Hindrance | null {
  if (traits !== undefined) {
    if (isAbsent(traits, atMs)) return 'ABSENT'
    if (traits.isNeverAssigned || traits.neverAuthorIds.includes(authorId)) return 'NEVER_ASSIGNED'
    if (traits.level === 'shadow') return 'SHADOW'
  }
  return isNoOwner ? 'NOT_OWNER' : null
}

function isOffHours(traits: MemberTraits | undefined, atMs: number): boolean {
  return traits !== undefined && traits.workingHours !== null && !isAtWork(traits.workingHours, atMs)
}

/** The mentor of an author who is a newcomer. */
function mentorOf(roster: Roster, authorId: string): string | null {
  const author = roster.traits.get(authorId)
  if (author?.level !== 'newcomer' || author.mentorId === null) return null
  // A mentor may have left the team since.
  return positionOf(roster, author.mentorId) === -1 ? null : author.mentorId
}

/** When the first of the absent is back; null where nobody is absent. */
export function firstReturn({ traits }: Roster, atMs: number): number | null {
  const returns = [...traits.values()].flatMap((each) => (isAbsent(each, atMs) ? (presentFrom(each, atMs) ?? []) : []))
  return returns.length === 0 ? null : Math.min(...returns)
}
