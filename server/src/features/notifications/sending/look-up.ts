import { findUsers } from '../../people/index.ts'
import {
  explainChoices,
  findPullRequests,
  previewReplacements,
  type Choice,
  type FullPullRequest,
} from '../../reviews/index.ts'
import { oneLine } from '../domain/message.ts'
import type { Notification } from '../domain/notification.ts'
import type { Notifications } from '../notifications.ts'
import { listAcknowledged } from '../queries/messages.ts'

/** What is to be known to write a message, looked up for all of it at once. */
export type Known = {
  pullRequests: ReadonlyMap<string, FullPullRequest>
  nameOf: (userId: string) => string
  choices: ReadonlyMap<string, Choice | null>
  /** Who would take over from reviewers for whom a replacement is proposed; null where nobody could. */
  replacements: ReadonlyMap<string, string | null>
  /** Whether it is not so any more, or nobody needs to hear of it. */
  isStale: (notification: Notification) => boolean
}

type Deps = Pick<Notifications, 'db' | 'workspaceId' | 'membersAt' | 'reviews'>

/** Above what a message shows. */
const MOST_CHOICES = 50

export async function lookUp(deps: Deps, notifications: readonly Notification[]): Promise<Known> {
  const { db, workspaceId } = deps
  const ids = [...new Set(notifications.map(({ pullRequestId }) => pullRequestId))]
  const [pullRequests, replacements] = await Promise.all([
    findPullRequests(db, workspaceId, ids),
    replacementsOf(deps, notifications),
  ])
  const people = [...pullRequests.values()].flatMap(({ authorId, reviewerIds }) => [authorId, ...reviewerIds])
  const mentioned = [...notifications.map(({ data }) => data.reviewerId), ...replacements.values()]
  const [users, answered] = await Promise.all([
    findUsers(db, workspaceId, [...new Set([...people, ...mentioned.flatMap((id) => id ?? [])])]),
    listAcknowledged(db, workspaceId, notifications.filter(isAsking).map(askedOf)),
  ])
  const isOutOfDate = (each: Notification) => isStale(each, pullRequests.get(each.pullRequestId), answered)
  return {
    pullRequests,
    nameOf: (userId) => oneLine(users.get(userId)?.username ?? userId),
    // To read a decision again costs most here, and in a flood most are out of date.
    choices: await choicesOf(
      deps,
      notifications.filter((each) => !isOutOfDate(each)),
    ),
    replacements,
    isStale: isOutOfDate,
  }
}

function isAsking({ kind }: Notification): boolean {
  return kind === 'reminder' || kind === 'replacement-proposed'
}

function askedOf({ pullRequestId, recipientId, data }: Notification): { pullRequestId: string; userId: string } {
  return { pullRequestId, userId: data.reviewerId ?? recipientId }
}

export function keyOfReview(notification: Notification): string {
  const { pullRequestId, userId } = askedOf(notification)
  return JSON.stringify([pullRequestId, userId])
}

async function replacementsOf(
  { reviews }: Deps,
  notifications: readonly Notification[],
): Promise<ReadonlyMap<string, string | null>> {
  const proposals = notifications.filter(({ kind }) => kind === 'replacement-proposed')
  const byKey = new Map(proposals.map((each) => [keyOfReview(each), askedOf(each)]))
  const questions = [...byKey.values()].map(({ pullRequestId, userId: reviewerId }) => {
    return { pullRequestId, reviewerId, proposedId: null }
  })
  const found = await previewReplacements(reviews, { kind: 'job', jobName: 'send-notifications' }, questions)
  return new Map([...byKey.keys()].map((key, index) => [key, found[index]!]))
}

export function keyOfChoice({ data, pullRequestId, recipientId }: Notification): string {
  return JSON.stringify([data.decision, pullRequestId, recipientId])
}

async function choicesOf(
  deps: Deps,
  notifications: readonly Notification[],
): Promise<ReadonlyMap<string, Choice | null>> {
  const assigned = notifications
    .filter(({ kind, data }) => kind === 'assigned' && data.decision !== undefined)
    .slice(0, MOST_CHOICES)
  if (assigned.length === 0) return new Map()
  const chosen = assigned.map(({ pullRequestId, data, recipientId }) => {
    return { pullRequestId, number: data.decision!, userId: recipientId }
  })
  const choices = await explainChoices(deps, chosen)
  return new Map(assigned.map((each, index) => [keyOfChoice(each), choices[index]!]))
}

function isStale(
  notification: Notification,
  pullRequest: FullPullRequest | undefined,
  answered: ReadonlySet<string>,
): boolean {
  if (pullRequest === undefined) return true
  const { kind, recipientId } = notification
  const { reviewerIds } = pullRequest
  if (kind === 'merged') return false
  if (pullRequest.status === 'MERGED') return true
  switch (kind) {
    case 'assigned':
      return !reviewerIds.includes(recipientId)
    case 'relieved':
      return reviewerIds.includes(recipientId)
    case 'reviewers-changed':
      return reviewerIds.length === 0
    case 'needs-reviewers':
      return pullRequest.missingReviewers === 0
    case 'reminder':
    case 'replacement-proposed': {
      const { userId, pullRequestId } = askedOf(notification)
      return !reviewerIds.includes(userId) || answered.has(`${userId} ${pullRequestId}`)
    }
  }
}
