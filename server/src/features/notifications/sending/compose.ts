import { oneLine, type Item, type Line, type Link, type Message } from '../domain/message.ts'
import { kinds, type Kind, type Language, type Notification, type Recipient } from '../domain/notification.ts'
import type { Notifications } from '../notifications.ts'
import { textsIn } from '../templates/languages.ts'
import type { Facts, Texts } from '../templates/texts.ts'
import { keyOfChoice, keyOfReview, lookUp, type Known } from './look-up.ts'
import { signedLink } from './signed-link.ts'

export type Composed = {
  /** Null where nothing of it is so any more. */
  message: Message | null
  toldIds: readonly number[]
  /** What is out of date by now. */
  staleIds: readonly number[]
}

type Writer = { deps: Notifications; texts: Texts; known: Known; recipient: Recipient; language: Language }

/** One message of many notifications, as things are now: of several about the same, the last; of what is not so any more, nothing. */
export async function compose(
  deps: Notifications,
  notifications: readonly Notification[],
  { recipient, language }: { recipient: Recipient; language: Language },
): Promise<Composed> {
  const known = await lookUp(deps, notifications)
  const isStale = (each: Notification) => known.isStale(each)
  const current = notifications.filter((each) => !isStale(each))
  const writer: Writer = { deps, texts: textsIn[language], known, recipient, language }
  return {
    message: current.length === 0 ? null : await messageOf(writer, newestOfEach(current)),
    toldIds: idsOf(current),
    staleIds: idsOf(notifications.filter(isStale)),
  }
}

function idsOf(notifications: readonly Notification[]): number[] {
  return notifications.map(({ notificationId }) => notificationId)
}

function newestOfEach(notifications: readonly Notification[]): Notification[] {
  const byKey = new Map<string, Notification>()
  for (const each of notifications) {
    const aboutWhom = each.kind === 'replacement-proposed' ? each.data.reviewerId : null
    byKey.set(JSON.stringify([each.kind, each.pullRequestId, aboutWhom]), each)
  }
  return [...byKey.values()]
}

async function messageOf(writer: Writer, notifications: readonly Notification[]): Promise<Message> {
  const { texts } = writer
  const items = await Promise.all(notifications.map((each) => itemOf(writer, each)))
  const [first] = items
  const isOne = items.length === 1
  const byKind = Map.groupBy(items, ({ kind }) => kind)
  const sections = kinds.flatMap((kind) => {
    const theirs = byKind.get(kind) ?? []
    return theirs.length === 0 ? [] : [{ heading: isOne ? null : texts.headings[kind](theirs.length), items: theirs }]
  })
  return { subject: subjectOf(texts, byKind, first!), sections, footer: [[texts.footer]] }
}

function subjectOf(texts: Texts, byKind: ReadonlyMap<Kind, readonly Item[]>, first: Item): string {
  const count = [...byKind.values()].reduce((sum, { length }) => sum + length, 0)
  if (count === 1) return texts.subjects[first.kind](oneLine(first.pullRequestName))
  return byKind.size === 1 ? texts.headings[first.kind](count) : texts.digestSubject(count)
}

async function itemOf(writer: Writer, notification: Notification): Promise<Item> {
  const { kind, source, pullRequestId } = notification
  const pullRequest = writer.known.pullRequests.get(pullRequestId)!
  return {
    kind,
    source,
    pullRequestId,
    pullRequestName: pullRequest.pullRequestName,
    url: pullRequest.details?.url ?? null,
    lines: linesOf(writer, notification, factsOf(writer, notification)),
    actions: await actionsOf(writer, notification),
  }
}

function factsOf({ known }: Writer, { pullRequestId }: Notification): Facts {
  const pullRequest = known.pullRequests.get(pullRequestId)!
  const name = oneLine(pullRequest.pullRequestName)
  const url = pullRequest.details?.url
  return {
    title: url === undefined ? { strong: name } : { text: name, url },
    name,
    author: known.nameOf(pullRequest.authorId),
    reviewers: pullRequest.reviewerIds.map(known.nameOf),
    missingReviewers: pullRequest.missingReviewers,
    missingReason: pullRequest.missingReason,
  }
}

function linesOf({ texts, known, recipient }: Writer, notification: Notification, facts: Facts): readonly Line[] {
  const { kind, data } = notification
  const { reviewerId, hours = 0, isChosen = false } = data
  switch (kind) {
    case 'assigned': {
      const choice = known.choices.get(keyOfChoice(notification)) ?? null
      return texts.items.assigned({ ...facts, choice, isChosen })
    }
    case 'relieved':
      return texts.items.relieved({ ...facts, byWhom: reviewerId === undefined ? null : known.nameOf(reviewerId) })
    case 'reminder':
      return texts.items.reminder({ ...facts, reviewer: null, hours })
    case 'replacement-proposed': {
      const isOwn = reviewerId === undefined || reviewerId === recipient.recipientId
      const replacementId = known.replacements.get(keyOfReview(notification)) ?? null
      const replacement = replacementId === null ? null : known.nameOf(replacementId)
      return texts.items[kind]({ ...facts, reviewer: isOwn ? null : known.nameOf(reviewerId), hours, replacement })
    }
    case 'reviewers-changed':
    case 'needs-reviewers':
    case 'merged':
      return texts.items[kind](facts)
  }
}

async function actionsOf(
  { deps, texts, known, recipient, language }: Writer,
  notification: Notification,
): Promise<Link[]> {
  const { kind, pullRequestId, data } = notification
  const { decision, reviewerId = recipient.recipientId } = data
  const { publicUrl } = deps
  if (publicUrl === null || recipient.audience === 'team' || decision === undefined) return []
  const link = (action: 'acknowledge' | 'replace') =>
    signedLink(deps, publicUrl, {
      action,
      pullRequestId,
      reviewerId,
      decision,
      userId: recipient.recipientId,
      language,
      proposedId: action === 'replace' ? (known.replacements.get(keyOfReview(notification)) ?? null) : null,
    })
  const { acknowledge, replace, why } = texts.actions
  const isOwn = reviewerId === recipient.recipientId
  const isAsked = kind === 'reminder' || (kind === 'replacement-proposed' && isOwn)
  return [
    ...(kind === 'assigned' || isAsked ? [{ text: acknowledge, url: await link('acknowledge') }] : []),
    ...(kind === 'replacement-proposed' ? [{ text: replace, url: await link('replace') }] : []),
    ...(kind === 'assigned'
      ? [{ text: why, url: `${publicUrl}/decision/get?pull_request_id=${encodeURIComponent(pullRequestId)}` }]
      : []),
  ]
}
