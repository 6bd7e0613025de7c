import type { Actor } from '../../shared/actor.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { listReviewsOf } from './queries/pull-requests.ts'
import type { Reviews } from './reviews.ts'

/** The pull requests somebody reviews, newest first; none for somebody unknown. */
export function getReview(
  { db, workspaceId }: Pick<Reviews, 'db' | 'workspaceId'>,
  _actor: Actor,
  { userId }: { userId: string },
): Promise<PullRequest[]> {
  return listReviewsOf(db, workspaceId, userId)
}
