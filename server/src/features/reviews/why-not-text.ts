import type { WhyNotReason } from './domain/why-not.ts'
import type { Change } from './domain/why-not/change.ts'

const reasonTexts: Readonly<Record<WhyNotReason, string>> = {
  CHOSEN: 'was chosen',
  CHOSEN_BY_HAND: 'was not asked: somebody chose the reviewer by hand',
  RESTORED: 'was not asked: an undo gave the review back to whoever had it before',
  NONE_WANTED: 'was not chosen: no reviewers were wanted yet',
  NOT_IN_TEAM: 'was not in the team',
  NOT_LOOKED_AT: 'was not among those this decision looked at',
  RANKED_LOWER: 'was ranked below those who were chosen',
  INACTIVE: 'was not active',
  AUTHOR: 'is the author',
  ALREADY_ASSIGNED: 'was a reviewer already',
  REPLACED: 'is the one who was replaced',
  ABSENT: 'was absent',
  AT_CAP: 'had as many open reviews as they may have',
  NEVER_ASSIGNED: 'is never assigned, or not to this author',
  NOT_OWNER: 'owns none of the changed files, and the team asks owners only',
  SHADOW: 'is a shadow, who does not count as a reviewer yet',
  NEWCOMER_ALONE: 'is a newcomer, who never reviews alone',
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
    case 'absent':
      return `${userId} had been there`
    case 'never_assigned':
      return `${userId} could be assigned to this author`
    case 'owner':
      return `${userId} owned one of the changed files`
    case 'level':
      return `${userId} were a full reviewer of the team instead of a ${change.from}`
    case 'max_open_reviews':
      return `${userId} might have ${change.to} open ${change.to === 1 ? 'review' : 'reviews'} instead of ${change.from}`
    case 'mentor':
      return `${userId} were the author’s mentor`
    case 'at_work':
      return `it had been within the working hours of ${userId}`
    case 'chosen_last':
      return `${userId} had not been chosen last`
    case 'knows_files':
      return `${userId} knew ${percent(change.to)} of the files instead of ${percent(change.from)}`
    case 'reviewed_author':
      return `${userId} had reviewed the author’s changes ${change.to} times lately instead of ${change.from}`
    case 'load':
      return `${userId} had been given ${change.to} times the usual reviews lately instead of ${change.from} times`
    case 'last_in_rotation':
      return change.to === null ? 'nobody had had a turn yet' : `the turn before had been that of ${change.to}`
    case 'seed':
      return `the draw had been another (seed ${change.to})`
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`
}

export function explainFlip(userId: string, flip: readonly Change[]): string | null {
  if (flip.length === 0) return null
  return `${userId} would have been chosen, if ${flip.map((change) => explainChange(userId, change)).join(', and ')}.`
}
