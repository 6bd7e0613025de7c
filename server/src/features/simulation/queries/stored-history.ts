import type { Executor, Query } from '../../../infra/db/database.ts'
import type { SimulationRequest } from '../domain/simulation.ts'

export type HistoryWindow = Pick<SimulationRequest, 'repository' | 'from' | 'to'>

/** What there is to replay. */
export type HistorySummary = {
  changes: number
  /** Those that had a reviewer. */
  reviewed: number
  repositories: number
  firstMs: number | null
  lastMs: number | null
}

/** Where a change stands in the order of landing. */
export type Place = { landedAt: string; repository: string; id: string }

/** The next part of a history as JSON, a list of `HistoryRow`, and where it ends. */
export type HistoryPage = { json: string; last: Place | null }

const REPOSITORY = `coalesce(details ->> 'repository', '') COLLATE "C"`
const WITHIN = `landed_at >= coalesce($2::timestamptz, '-infinity') AND landed_at < coalesce($3::timestamptz, 'infinity')
  AND ($4::text IS NULL OR repository = $4)`

/** What was imported, and what was merged here with its files and not imported too. */
const IMPORTED = `SELECT landed_at, repository, change_id AS id, written_at, author_id, reviewer_ids, files, renames, deleted,
    nullif(lines, 0) AS lines FROM past_change WHERE workspace_id = $1`
const MERGED = `SELECT merged_at AS landed_at, ${REPOSITORY} AS repository, pull_request_id AS id, created_at AS written_at,
    author_id, reviewer_ids, details -> 'files' AS files, NULL::json AS renames, NULL::json AS deleted,
    (SELECT sum((file ->> 1)::int + (file ->> 2)::int)::int FROM json_array_elements(details -> 'files') AS f (file)) AS lines
  FROM pull_request p WHERE workspace_id = $1 AND status = 'MERGED' AND json_array_length(details -> 'files') > 0
    AND NOT EXISTS (
      SELECT FROM past_change c
      WHERE c.workspace_id = $1 AND c.repository = ${REPOSITORY} AND c.change_id = p.pull_request_id
    )`

/** Counts up to `limit` changes. */
export function getHistorySummary(workspaceId: number, window: HistoryWindow, limit: number): Query<HistorySummary> {
  return {
    name: 'get-history-summary',
    text: `SELECT count(*) AS changes, count(*) FILTER (WHERE cardinality(reviewer_ids) > 0) AS reviewed,
        count(DISTINCT repository)::int AS repositories,
        (extract(epoch FROM min(landed_at)) * 1000)::float8 AS "firstMs",
        (extract(epoch FROM max(landed_at)) * 1000)::float8 AS "lastMs"
      FROM (
        SELECT landed_at, repository, reviewer_ids FROM (${IMPORTED}) AS imported WHERE ${WITHIN}
        UNION ALL
        SELECT landed_at, repository, reviewer_ids FROM (${MERGED}) AS merged WHERE ${WITHIN}
        LIMIT $5
      ) AS change`,
    values: [workspaceId, window.from, window.to, window.repository, limit],
  }
}

/**
 * In the order of landing; with their repositories where files of several have to be told apart. The database writes the JSON,
 * so that the one thread that serves requests need not. What was merged after all imported ones of a full page cannot be in
 * the page, and is not looked at: many pull requests without files would be looked at for every page.
 */
export async function listHistoryAsJson(
  executor: Executor,
  workspaceId: number,
  window: HistoryWindow,
  page: { after: Place | null; limit: number; tellsRepository: boolean },
): Promise<HistoryPage> {
  const next = (source: string, until: string) => `SELECT * FROM (${source}) AS source
    WHERE ${WITHIN} AND landed_at >= $5::timestamptz AND (landed_at, repository, id) > ($5::timestamptz, $6::text, $7::text)
      AND landed_at <= ${until}
    ORDER BY landed_at, repository, id LIMIT $8`
  const { landedAt, repository, id } = page.after ?? { landedAt: '-infinity', repository: '', id: '' }
  const [row] = await executor.run<{ json: string } & { [Key in keyof Place]: Place[Key] | null }>({
    name: 'list-history-as-json',
    text: `WITH imported AS MATERIALIZED (
        ${next(IMPORTED, `'infinity'`)}
      ), merged AS (
        ${next(MERGED, `coalesce((SELECT max(landed_at) FROM imported HAVING count(*) = $8), 'infinity')`)}
      ), page AS MATERIALIZED (
        SELECT * FROM imported UNION ALL SELECT * FROM merged ORDER BY landed_at, repository, id LIMIT $8
      )
      SELECT last.landed_at AS "landedAt", last.repository, last.id, listed.json FROM (
        SELECT coalesce(json_agg(json_build_object(
          'id', CASE WHEN $9 THEN repository || '#' || id ELSE id END,
          'repository', CASE WHEN $9 THEN repository END,
          'authorId', author_id, 'reviewerIds', reviewer_ids,
          'files', (
            SELECT coalesce(json_agg(CASE json_typeof(file) WHEN 'array' THEN file ->> 0 ELSE file #>> '{}' END), '[]')
            FROM json_array_elements(files) AS f (file)
          ),
          'renames', coalesce(renames, '[]'), 'deleted', coalesce(deleted, '[]'), 'lines', lines,
          'openedMs', floor(extract(epoch FROM least(written_at, landed_at)) * 1000)::int8,
          'landedMs', floor(extract(epoch FROM landed_at) * 1000)::int8
        ) ORDER BY landed_at, repository, id)::text, '[]') AS json FROM page
      ) AS listed LEFT JOIN (
        SELECT landed_at, repository, id FROM page ORDER BY landed_at DESC, repository DESC, id DESC LIMIT 1
      ) AS last ON true`,
    values: [
      workspaceId,
      window.from,
      window.to,
      window.repository,
      landedAt,
      repository,
      id,
      page.limit,
      page.tellsRepository,
    ],
  })
  const { json, ...last } = row!
  return { json, last: last.id === null ? null : (last as Place) }
}
