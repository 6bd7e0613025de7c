import type { Event } from '../../events/index.ts'
import type { Draft, Kind, Particulars, Recipient } from '../domain/notification.ts'
import type { NewWait } from '../queries/waits.ts'

/** Types of rows of the log that somebody may want to hear of. */
export const toldTypes = [
  'pullRequest.opened',
  'pullRequest.updated',
  'pullRequest.merged',
  'reviewer.assigned',
  'reviewer.replaced',
  'reviewer.handedOver',
  'reviewer.restored',
  'reviewer.chosen',
]

/** What somebody may want to hear, before it is known who wrote the pull request. */
export type Hint = Omit<Draft, keyof Recipient> & { to: Recipient | 'author' }

type Reason = { kind: string; decision: number }

/** Whom an event concerns, and how. */
export function hintsOf(event: Event): Hint[] {
  const { type, data, teamName } = event
  switch (type) {
    case 'pullRequest.opened':
      return opened(event)
    case 'pullRequest.readyForReview':
      return [hint(event, 'needs-reviewers', 'author'), ...ofTeam(event, 'needs-reviewers')]
    case 'pullRequest.merged':
      return [...textsIn(data['reviewer_ids']).map((id) => hint(event, 'merged', user(id))), ...ofTeam(event, 'merged')]
    case 'reviewer.chosen':
      return [hint(event, 'assigned', user(textIn(data['reviewer_id'])!), { isChosen: true })]
    case 'reviewer.assigned':
    case 'reviewer.replaced':
    case 'reviewer.handedOver':
    case 'reviewer.restored':
      return reviewerChanged(event, teamName)
    default:
      return []
  }
}

function opened(event: Event): Hint[] {
  const { data } = event
  const hasReviewers = textsIn(data['reviewer_ids']).length > 0
  const isMissing = typeof data['missing_reviewers'] === 'number' && data['missing_reviewers'] > 0
  const concerns: Kind[] = [
    ...(hasReviewers ? ['reviewers-changed' as const] : []),
    ...(isMissing ? ['needs-reviewers' as const] : []),
  ]
  return concerns.flatMap((kind) => [hint(event, kind, 'author'), ...ofTeam(event, kind)])
}

function reviewerChanged(event: Event, teamName: string | null): Hint[] {
  const { data } = event
  const reviewerId = textIn(data['reviewer_id'])
  const replacedId = textIn(data['replaced_id'])
  const { kind, decision } = data['reason'] as Reason
  const hints: Hint[] = []
  if (replacedId !== null) {
    const about = reviewerId === null ? { decision } : { decision, reviewerId }
    hints.push(hint(event, 'relieved', user(replacedId), about))
  }
  if (reviewerId !== null) hints.push(hint(event, 'assigned', user(reviewerId), { decision }))
  // Whoever opens a pull request hears of its first reviewers by that.
  if (kind === 'create') return hints
  const concern = reviewerId === null ? 'needs-reviewers' : 'reviewers-changed'
  hints.push(hint(event, concern, 'author', { decision }))
  return teamName === null ? hints : [...hints, hint(event, concern, team(teamName), { decision })]
}

/** The reviews that begin to wait by an event. */
export function waitsOf({ type, subject, teamName, occurredAt, data }: Event): NewWait[] {
  const reviewerId = textIn(data['reviewer_id'])
  if (!type.startsWith('reviewer.') || reviewerId === null || teamName === null) return []
  const reason = data['reason'] as Reason | undefined
  if (reason === undefined) return []
  return [{ pullRequestId: subject, reviewerId, decision: reason.decision, teamName, sinceAt: occurredAt }]
}

/** Of several hints of a kind about one pull request to the same, the last; the message shows how things are when it is sent. */
export function draftsOf(hints: readonly Hint[], authors: ReadonlyMap<string, string>): Draft[] {
  const drafts = new Map<string, Draft>()
  for (const { to, ...rest } of hints) {
    const authorId = authors.get(rest.pullRequestId)
    const recipient = to === 'author' ? authorId && user(authorId) : to
    if (recipient === undefined || recipient === '') continue
    const key = JSON.stringify([recipient, rest.kind, rest.pullRequestId])
    drafts.delete(key)
    drafts.set(key, { ...recipient, ...rest })
  }
  return [...drafts.values()]
}

function hint(event: Event, kind: Kind, about: Hint['to'], data: Particulars = {}): Hint {
  const authorId = about === 'author' ? textIn(event.data['author_id']) : null
  const to = authorId === null ? about : user(authorId)
  return { to, kind, source: event.id, sequence: event.sequence, pullRequestId: event.subject, data }
}

function ofTeam(event: Event, kind: Kind): Hint[] {
  return event.teamName === null ? [] : [hint(event, kind, team(event.teamName))]
}

function user(recipientId: string): Recipient {
  return { audience: 'user', recipientId }
}

function team(recipientId: string): Recipient {
  return { audience: 'team', recipientId }
}

function textIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? (value as string[]) : []
}
