import type { MemberTraits } from '../../../shared/roster.ts'

export type Limits = Pick<MemberTraits, 'maxOpenReviews' | 'isNeverAssigned' | 'neverAuthorIds' | 'workingHours'>

export const noLimits: Limits = { maxOpenReviews: null, isNeverAssigned: false, neverAuthorIds: [], workingHours: null }

/** How far somebody has come in their present team. */
export type Ramp = Pick<MemberTraits, 'level' | 'mentorId'>

/** Times are RFC 3339; `to` is the first moment of being back. */
export type Absence = { absenceId: string; userId: string; from: string; to: string; source: 'hand' | 'calendar' }

/** A calendar feed. Who knows its URL can read it: it is a secret. */
export type Calendar = { url: string; checkedAt: string | null; error: string | null }

export type Member = Ramp & {
  userId: string
  teamName: string
  isActive: boolean
  limits: Limits
  calendar: Calendar | null
}
