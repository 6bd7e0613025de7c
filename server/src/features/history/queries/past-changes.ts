import type { Executor, Query } from '../../../infra/db/database.ts'
import type { PastChange, Place } from '../domain/past-change.ts'

/** Where a change stands in the order of import; `importedAt` with all its digits. */
export type ImportPlace = Pick<PastChange, 'repository' | 'changeId'> & { importedAt: string }
export type ImportedChange = PastChange & { importedAt: string }

const COLUMNS = `repository, change_id AS "changeId", author_id AS "authorId", reviewer_ids AS "reviewerIds", files,
  coalesce(renames, '[]') AS renames, coalesce(deleted, '[]') AS deleted,
  (extract(epoch FROM landed_at) * 1000)::float8 AS "landedAt",
  (extract(epoch FROM written_at) * 1000)::float8 AS "writtenAt", lines`

/**
 * Writes those that are not known yet, and counts them. Of two with the same id the first is kept. The order of the ids
 * keeps imports of the same changes from waiting for each other in a circle.
 */
export function insertPastChanges(workspaceId: number, changes: readonly PastChange[]): Query<{ imported: number }> {
  return {
    name: 'insert-past-changes',
    text: `WITH inserted AS (
        INSERT INTO past_change (workspace_id, repository, change_id, author_id, reviewer_ids, written_at, landed_at,
          files, renames, deleted, lines)
        SELECT $1, repository, change_id, author_id, ARRAY(SELECT json_array_elements_text(reviewers)), written_at,
          landed_at, files, renames, deleted, lines
        FROM unnest($2::text[], $3::text[], $4::text[], $5::json[], $6::timestamptz[], $7::timestamptz[], $8::json[],
          $9::json[], $10::json[], $11::integer[])
          WITH ORDINALITY AS i (repository, change_id, author_id, reviewers, written_at, landed_at, files, renames,
            deleted, lines, number)
        ORDER BY repository COLLATE "C", change_id COLLATE "C", number
        ON CONFLICT DO NOTHING
        RETURNING 1
      )
      SELECT count(*) AS imported FROM inserted`,
    values: [workspaceId, ...columnsOf(changes)],
  }
}

function columnsOf(changes: readonly PastChange[]): unknown[] {
  return [
    changes.map(({ repository }) => repository),
    changes.map(({ changeId }) => changeId),
    changes.map(({ authorId }) => authorId),
    changes.map(({ reviewerIds }) => JSON.stringify(reviewerIds)),
    changes.map(({ writtenAt }) => timeOf(writtenAt)),
    changes.map(({ landedAt }) => timeOf(landedAt)),
    changes.map(({ files }) => JSON.stringify(files)),
    changes.map(({ renames }) => (renames.length === 0 ? null : JSON.stringify(renames))),
    changes.map(({ deleted }) => (deleted.length === 0 ? null : JSON.stringify(deleted))),
    changes.map(({ lines }) => lines),
  ]
}

/** Changes in the order in which they landed, from `since` on and before `until`, a page at a time. */
export async function listPastChanges(
  executor: Executor,
  workspaceId: number,
  page: { after: Place | null; since: string; until?: string; limit: number },
): Promise<PastChange[]> {
  const { after, since, until = 'infinity', limit } = page
  const start = after === null ? [since, '', ''] : [timeOf(after.landedAt), after.repository, after.changeId]
  return executor.run<PastChange>({
    name: 'list-past-changes',
    text: `SELECT ${COLUMNS} FROM past_change
      WHERE workspace_id = $1 AND (landed_at, repository, change_id) > ($2::timestamptz, $3::text, $4::text)
        AND landed_at < $5::timestamptz
      ORDER BY landed_at, repository, change_id LIMIT $6`,
    values: [workspaceId, ...start, until, limit],
  })
}

/**
 * Changes in the order in which they were imported, from `since` on, a page at a time. A batch can be committed a moment after
 * one with a later time: whoever follows goes back by more than a statement may take, and leaves out what it knows.
 */
export async function listPastChangesImportedSince(
  executor: Executor,
  workspaceId: number,
  page: { after: ImportPlace | null; since: string; limit: number },
): Promise<ImportedChange[]> {
  const { after, since, limit } = page
  const start = after === null ? [since, '', ''] : [after.importedAt, after.repository, after.changeId]
  return executor.run<ImportedChange>({
    name: 'list-past-changes-imported-since',
    text: `SELECT ${COLUMNS}, imported_at AS "importedAt" FROM past_change
      WHERE workspace_id = $1 AND (imported_at, repository, change_id) > ($2::timestamptz, $3::text, $4::text)
      ORDER BY imported_at, repository, change_id LIMIT $5`,
    values: [workspaceId, ...start, limit],
  })
}

export type RepositoryHistory = { repository: string; changes: number; firstLandedAt: string; lastLandedAt: string }

/** What there is of each repository, or of one, by name. */
export async function listHistories(
  executor: Executor,
  workspaceId: number,
  repository: string | null,
): Promise<RepositoryHistory[]> {
  return executor.run<RepositoryHistory>({
    name: 'list-histories',
    text: `SELECT repository, count(*) AS changes, min(landed_at) AS "firstLandedAt", max(landed_at) AS "lastLandedAt"
      FROM past_change WHERE workspace_id = $1 AND ($2::text IS NULL OR repository = $2)
      GROUP BY repository ORDER BY repository`,
    values: [workspaceId, repository],
  })
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
