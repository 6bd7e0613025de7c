import { answerKey, type Change, type Edit } from '../../infra/cache/answer-cache.ts'
import { inserted, replaced } from '../../infra/cache/edit-json.ts'
import type { Decision } from './domain/decision.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { toShortJson } from './schemas/pull-requests.ts'

/** How the keys of the answers of `GET /pullRequest/get` begin. */
export const PULL_REQUEST = answerKey('/pullRequest/get', 'pull_request_id', '')
/** How the keys of the answers of `GET /users/getReview` begin. */
export const REVIEWS_OF = answerKey('/users/getReview', 'user_id', '')

const LIST = '"pull_requests":['
const CLOSING = ']'.charCodeAt(0)

export function pullRequestAnswer(pullRequestId: string): string {
  return PULL_REQUEST + encodeURIComponent(pullRequestId)
}

export function reviewAnswer(userId: string): string {
  return REVIEWS_OF + encodeURIComponent(userId)
}

/** What the answer of this key is about; null when the key begins otherwise. */
export function subjectOf(key: string, beginning: string): string | null {
  return key.startsWith(beginning) ? decodeURIComponent(key.slice(beginning.length)) : null
}

/** All answers that show a pull request these people review or have just ceased to. */
export function answersAbout(pullRequestId: string, reviewerIds: readonly string[]): string[] {
  return [pullRequestAnswer(pullRequestId), ...reviewerIds.map(reviewAnswer)]
}

/** A new pull request stands first among what its reviewers review. */
export function changesByOpening(pullRequest: PullRequest): Change[] {
  const item = itemOf(pullRequest)
  const edit: Edit['edit'] = (body) => {
    const start = body.indexOf(LIST) + LIST.length
    return inserted(body, body[start] === CLOSING ? item : `${item},`, start)
  }
  const at = pullRequest.createdAt
  return [
    pullRequestAnswer(pullRequest.pullRequestId),
    ...pullRequest.reviewerIds.map((userId) => ({ key: reviewAnswer(userId), edit, bytes: item.length, at })),
  ]
}

/** A merged pull request stays where it stands, with another status. */
export function changesByMerging(pullRequest: PullRequest): Change[] {
  const [open, merged] = [itemOf({ ...pullRequest, status: 'OPEN' }), itemOf(pullRequest)]
  const change = { edit: replacing(open, merged), bytes: open.length + merged.length }
  return [
    pullRequestAnswer(pullRequest.pullRequestId),
    ...pullRequest.reviewerIds.map((userId) => ({ key: reviewAnswer(userId), ...change })),
  ]
}

/** Who is replaced reviews it no more; where it stands among the substitutes' is for the database to say. */
export function changesByReassigning(pullRequest: PullRequest, { assignedIds, replacedId }: Decision): Change[] {
  const item = itemOf(pullRequest)
  const [after, before] = [replacing(`${item},`, ''), replacing(`,${item}`, '')]
  const edit: Edit['edit'] = (body) => after(body) ?? before(body) ?? replacing(item, '')(body)
  return [
    ...answersAbout(pullRequest.pullRequestId, assignedIds),
    ...(replacedId === null ? [] : [{ key: reviewAnswer(replacedId), edit, bytes: item.length }]),
  ]
}

function replacing(text: string, by: string): Edit['edit'] {
  return (body) => replaced(body, text, by, body.indexOf(LIST))
}

function itemOf(pullRequest: PullRequest): string {
  return JSON.stringify(toShortJson(pullRequest))
}
