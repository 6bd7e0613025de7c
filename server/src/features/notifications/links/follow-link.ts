import type { Actor } from '../../../shared/actor.ts'
import { AppError } from '../../../shared/errors.ts'
import { findUsers } from '../../people/index.ts'
import {
  acknowledgeReview,
  findPullRequests,
  listReviewerChanges,
  previewReplacements,
  reassignReviewer,
  type FullPullRequest,
  type ReviewerChange,
} from '../../reviews/index.ts'
import { oneLine } from '../domain/message.ts'
import type { Language } from '../domain/notification.ts'
import type { Notifications } from '../notifications.ts'
import { textsIn } from '../templates/languages.ts'
import type { Page, Pages } from '../templates/texts.ts'
import { readGrant, signGrant, type LinkGrant } from './token.ts'

/** A page to be shown, and the status it is shown with. `token` is for its button, where that allows something else than was asked for. */
export type LinkAnswer = { status: 200 | 403 | 404 | 409 | 410; page: Page; language: Language; token?: string }

type Deps = Pick<Notifications, 'db' | 'workspaceId' | 'answers' | 'nowMs' | 'linkKey' | 'reviews'>
type Asked = { token: string; language: Language }

/** What a link is about; changes nothing, since programs open links by themselves. `language` is for those that cannot be read. */
export async function showLink(deps: Deps, _actor: Actor, asked: Asked): Promise<LinkAnswer> {
  const grant = await grantOf(deps, asked)
  return 'page' in grant ? grant : answerTo(deps, grant)
}

/** Does what a link allows, in the name of whom it was sent to. Repeating it, or two doing it at once, is harmless. */
export async function followLink(deps: Deps, _actor: Actor, asked: Asked): Promise<LinkAnswer> {
  const grant = await grantOf(deps, asked)
  if ('page' in grant) return grant
  const before = await answerTo(deps, grant)
  if (before.page.button === undefined || before.token !== undefined) return before
  try {
    await carryOut(deps, grant)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'NO_CANDIDATE' && grant.proposedId === null) return noCandidate(deps, grant)
    // Somebody else was quicker, or whoever was proposed cannot any more: the page says what holds now.
    if (error.kind !== 'conflict') throw error
  }
  return answerTo(deps, grant, grant.action === 'acknowledge')
}

async function grantOf({ linkKey, nowMs, workspaceId }: Deps, asked: Asked): Promise<LinkGrant | LinkAnswer> {
  const grant = readGrant(await linkKey(), asked.token)
  if (grant === null || grant.workspaceId !== workspaceId) {
    return { status: 403, page: textsIn[asked.language].pages.invalid(), language: asked.language }
  }
  if (grant.expiresS * 1000 > nowMs()) return grant
  return { status: 410, page: textsIn[grant.language].pages.expired(), language: grant.language }
}

async function carryOut(deps: Deps, grant: LinkGrant): Promise<void> {
  const { action, pullRequestId, reviewerId, userId, proposedId } = grant
  const actor: Actor = { kind: 'user', userId }
  if (action === 'acknowledge') {
    await acknowledgeReview(deps, { actor, once: null, input: { pullRequestId, userId: reviewerId } })
  } else {
    const input = { pullRequestId, oldUserId: reviewerId, proposedId }
    await reassignReviewer(deps.reviews, { actor, once: null, input })
  }
}

/** How things are about what a link allows. */
async function answerTo(deps: Deps, grant: LinkGrant, isAcknowledged = false): Promise<LinkAnswer> {
  const { db, workspaceId } = deps
  const { pullRequestId, reviewerId, language, action } = grant
  const { pages } = textsIn[language]
  const found = await findPullRequests(db, workspaceId, [pullRequestId])
  // Afterwards: so whoever is not a reviewer any more is known to have been replaced.
  const changes = await listReviewerChanges(db, workspaceId, pullRequestId)
  const pullRequest = found.get(pullRequestId)
  if (pullRequest === undefined) return { status: 404, page: pages.unknown(), language }
  const name = oneLine(pullRequest.pullRequestName)
  const replacement = changes.find(({ number, replacedId }) => number > grant.decision && replacedId === reviewerId)
  if (replacement !== undefined && action === 'replace' && isByLink(replacement, grant, pullRequest)) {
    const [before, after] = await namesOf(deps, [reviewerId, replacement.assignedIds[0] ?? ''])
    return { status: 200, page: pages.replaced(name, before!, after!), language }
  }
  if (pullRequest.status === 'MERGED') return { status: 409, page: pages.merged(name), language }
  if (!isStillSo(pullRequest, changes, grant)) return { status: 409, page: pages.outdated(name), language }
  if (isAcknowledged) return { status: 200, page: pages.acknowledged(name), language }
  if (action === 'acknowledge') {
    const [author] = await namesOf(deps, [pullRequest.authorId])
    return { status: 200, page: pages.askAcknowledge(name, author!), language }
  }
  return askToReplace(deps, grant, { pages, name })
}

/** Names who was proposed; where that one cannot any more, whom Tandem would choose now, whom only another click agrees to. */
async function askToReplace(
  deps: Deps,
  grant: LinkGrant,
  { pages, name }: { pages: Pages; name: string },
): Promise<LinkAnswer> {
  const { reviewerId, proposedId, pullRequestId, userId, language } = grant
  if (proposedId === null) {
    const [reviewer] = await namesOf(deps, [reviewerId])
    return { status: 200, page: pages.askReplace(name, reviewer!, null), language }
  }
  const question = { pullRequestId, reviewerId, proposedId }
  const [takerId = null] = await previewReplacements(deps.reviews, { kind: 'user', userId }, [question])
  if (takerId === null) {
    const now = (await findPullRequests(deps.db, deps.workspaceId, [pullRequestId])).get(pullRequestId)
    const isStillReviewer = now?.status === 'OPEN' && now.reviewerIds.includes(reviewerId)
    // Else somebody was quicker since the pull request was read.
    return isStillReviewer ? { status: 409, page: pages.noCandidate(name), language } : answerTo(deps, grant)
  }
  const [reviewer, proposed, taker] = await namesOf(deps, [reviewerId, proposedId, takerId])
  if (takerId === proposedId) return { status: 200, page: pages.askReplace(name, reviewer!, taker!), language }
  const token = signGrant(await deps.linkKey(), { ...grant, proposedId: takerId })
  return { status: 200, page: pages.askOther(name, reviewer!, proposed!, taker!), language, token }
}

/** Whether the reviewer is one, and by the same assignment. */
function isStillSo(
  { reviewerIds }: FullPullRequest,
  changes: readonly ReviewerChange[],
  { reviewerId, decision }: LinkGrant,
): boolean {
  const latest = changes.findLast(({ assignedIds }) => assignedIds.includes(reviewerId))
  return reviewerIds.includes(reviewerId) && latest?.number === decision
}

/** Whether one of those who were asked is who said so. */
function isByLink(change: ReviewerChange, { reviewerId }: LinkGrant, { authorId }: FullPullRequest): boolean {
  return change.kind === 'reassign' && [`user:${reviewerId}`, `user:${authorId}`].includes(change.actor)
}

async function noCandidate({ db, workspaceId }: Deps, { pullRequestId, language }: LinkGrant): Promise<LinkAnswer> {
  const found = await findPullRequests(db, workspaceId, [pullRequestId])
  const name = oneLine(found.get(pullRequestId)?.pullRequestName ?? pullRequestId)
  return { status: 409, page: textsIn[language].pages.noCandidate(name), language }
}

async function namesOf({ db, workspaceId }: Deps, userIds: readonly string[]): Promise<string[]> {
  const users = await findUsers(db, workspaceId, userIds)
  return userIds.map((userId) => oneLine(users.get(userId)?.username ?? userId))
}
