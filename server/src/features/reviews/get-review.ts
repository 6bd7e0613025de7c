import type { Context } from '../../context.ts'
import { createReader, type Reader } from '../../infra/batch/reader.ts'
import type { Actor } from '../../shared/actor.ts'
import { listReviewsAsJson } from './queries/pull-requests.ts'
import type { Reviews } from './reviews.ts'

/** What users review, by user, as the contract's JSON. */
export type ReviewReader = Reader<string>

export function reviewReader(
  { db, workspaceId }: Pick<Context, 'db' | 'workspaceId'>,
  batching: Context['batching'],
): ReviewReader {
  return createReader((userIds) => listReviewsAsJson(db, workspaceId, userIds), batching)
}

/** The pull requests somebody reviews, newest first, as JSON; none for somebody unknown. */
export async function getReview(
  { reviews }: Pick<Reviews, 'reviews'>,
  _actor: Actor,
  { userId }: { userId: string },
): Promise<string> {
  return (await reviews.submit(userId))!
}
