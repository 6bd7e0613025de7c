import type { MissingReason } from './domain/pull-request.ts'

const texts: Readonly<Record<MissingReason, string>> = {
  NO_ACTIVE_TEAMMATE: 'Nobody else in the team is active.',
  EVERY_TEAMMATE_EXCLUDED: 'Everybody else in the team reviews this pull request already or was replaced.',
  ABSENT: 'Whoever could review is absent.',
  AT_CAP: 'Whoever could review has as many open reviews as they may have.',
  NEVER_ASSIGNED: 'Whoever is left is never assigned, or not to this author.',
  NOT_OWNER: 'The team asks owners of the files only, and no other owner can be asked.',
  SHADOW: 'Whoever is left is a shadow, who does not count as a reviewer yet.',
  NEWCOMER_ALONE: 'Whoever is left is a newcomer, who never reviews alone.',
}

export function explainMissing(reason: MissingReason): string {
  return texts[reason]
}
