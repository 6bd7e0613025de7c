import { decodeCursor, pageOf, refuseCursor, type Page } from '../../infra/db/keyset.ts'
import type { Actor } from '../../shared/actor.ts'
import type { PullRequest } from './domain/pull-request.ts'
import { listPullRequests as queryPullRequests, type PullRequestFilter } from './queries/pull-requests.ts'
import type { Reviews } from './reviews.ts'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/

/** Pull requests newest first, a page at a time. */
export async function listPullRequests(
  { db, workspaceId }: Pick<Reviews, 'db' | 'workspaceId'>,
  _actor: Actor,
  { cursor, limit, ...filter }: PullRequestFilter & { cursor?: string | undefined; limit: number },
): Promise<Page<PullRequest>> {
  const key = decodeCursor(cursor, 2)
  if (key !== null && !isTime(key[0]!)) throw refuseCursor()
  const before = key === null ? null : ([key[0]!, key[1]!] as const)
  const rows = await queryPullRequests(db, workspaceId, filter, { before, limit: limit + 1 })
  return pageOf(rows, limit, ({ createdAt, pullRequestId }) => [createdAt, pullRequestId])
}

function isTime(text: string): boolean {
  const time = new Date(text)
  const isReal = TIME.test(text) && !Number.isNaN(time.getTime()) && time.getUTCFullYear() >= 1970
  return isReal && time.toISOString().slice(0, 19) === text.slice(0, 19)
}
