import type { Change, WhyNotReason } from './domain/why-not.ts'

const reasonTexts: Readonly<Record<WhyNotReason, string>> = {
  CHOSEN: 'was chosen',
  RESTORED: 'was not asked: an undo gave the review back to whoever had it before',
  NONE_WANTED: 'was not chosen: the team wanted no reviewers',
  NOT_IN_TEAM: 'was not in the team',
  NOT_LOOKED_AT: 'was not among those this decision looked at',
  RANKED_LOWER: 'was ranked below those who were chosen',
  INACTIVE: 'was not active',
  AUTHOR: 'is the author',
  ALREADY_ASSIGNED: 'was a reviewer already',
  REPLACED: 'is the one who was replaced',
}

export function explainReason(userId: string, reason: WhyNotReason): string {
  return `${userId} ${reasonTexts[reason]}.`
}

/** One change as the second half of "would have been chosen, if …". */
export function explainChange(userId: string, change: Change): string {
  switch (change.fact) {
    case 'team':
      return `${userId} were an active member of ${change.to}`
    case 'is_active':
      return `${userId} were active`
    case 'author':
      return 'somebody else were the author'
    case 'already_assigned':
      return `${userId} were not a reviewer yet`
    case 'replaced':
      return `somebody else were replaced`
    case 'looked_at':
      return `the sample had included ${userId}`
    case 'reviewers_wanted':
      return `the team wanted ${change.to} ${change.to === 1 ? 'reviewer' : 'reviewers'}`
    case 'open_reviews':
      return `${userId} had ${change.to} open ${change.to === 1 ? 'review' : 'reviews'}${change.from === null ? '' : ` instead of ${change.from}`}`
    case 'last_in_rotation':
      return change.to === null ? 'nobody had had a turn yet' : `the turn before had been that of ${change.to}`
    case 'seed':
      return `the draw had been another (seed ${change.to})`
  }
}

export function explainFlip(userId: string, flip: readonly Change[]): string | null {
  if (flip.length === 0) return null
  return `${userId} would have been chosen, if ${flip.map((change) => explainChange(userId, change)).join(', and ')}.`
}
