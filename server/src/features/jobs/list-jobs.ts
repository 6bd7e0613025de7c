import { decodeCursor, pageOf, refuseCursor, type Page } from '../../infra/db/keyset.ts'
import type { Actor } from '../../shared/actor.ts'
import type { JobState, StoredJob } from './job.ts'
import type { Jobs } from './jobs.ts'
import { listJobs as queryJobs } from './queries.ts'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Jobs in a state, newest first, a page at a time. */
export async function listJobs(
  { db, workspaceId }: Pick<Jobs, 'db' | 'workspaceId'>,
  _actor: Actor,
  { state, kind, cursor, limit }: { state: JobState; kind: string | null; cursor: string | undefined; limit: number },
): Promise<Page<StoredJob>> {
  const [createdAt, jobId] = decodeCursor(cursor, 2) ?? []
  const before = createdAt === undefined ? null : ([createdAt, jobId!] as const)
  if (before !== null && !(isTime(before[0]) && UUID.test(before[1]))) throw refuseCursor()
  const rows = await queryJobs(db, workspaceId, { state, kind, before, limit: limit + 1 })
  return pageOf(rows, limit, (job) => [job.createdAt, job.jobId])
}

function isTime(text: string): boolean {
  const time = new Date(text)
  const isReal = TIME.test(text) && !Number.isNaN(time.getTime()) && time.getUTCFullYear() >= 1970
  return isReal && time.toISOString().slice(0, 19) === text.slice(0, 19)
}
