import type { Executor, Query } from '../../../infra/db/database.ts'
import type { Dialect } from '../domain/code-owners.ts'

export type OwnersFile = { repository: string; dialect: Dialect; content: string; updatedAt: string }

const COLUMNS = `repository, dialect, content, updated_at AS "updatedAt"`

/** What is as it was stays as old as it was. */
export function upsertOwners(
  workspaceId: number,
  { repository, dialect, content }: Omit<OwnersFile, 'updatedAt'>,
  actor: string,
): Query<{ updatedAt: string }> {
  return {
    name: 'upsert-owners',
    text: `INSERT INTO code_owners AS c (workspace_id, repository, dialect, content, actor) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (workspace_id, repository) DO UPDATE
        SET dialect = excluded.dialect, content = excluded.content,
          actor = CASE WHEN (c.dialect, c.content) = (excluded.dialect, excluded.content) THEN c.actor ELSE excluded.actor END,
          updated_at = CASE WHEN (c.dialect, c.content) = (excluded.dialect, excluded.content) THEN c.updated_at ELSE now() END
      RETURNING updated_at AS "updatedAt"`,
    values: [workspaceId, repository, dialect, content, actor],
  }
}

export function deleteOwners(workspaceId: number, repository: string): Query<{ repository: string }> {
  return {
    name: 'delete-owners',
    text: 'DELETE FROM code_owners WHERE workspace_id = $1 AND repository = $2 RETURNING repository',
    values: [workspaceId, repository],
  }
}

export async function findOwnersFiles(
  executor: Executor,
  workspaceId: number,
  repositories: readonly string[],
): Promise<Map<string, OwnersFile>> {
  const rows = await executor.run<OwnersFile>({
    name: 'find-owners-files',
    text: `SELECT ${COLUMNS} FROM code_owners WHERE workspace_id = $1 AND repository = ANY ($2::text[])`,
    values: [workspaceId, repositories],
  })
  return new Map(rows.map((row) => [row.repository, row]))
}

/** Of repositories as they were when last read (null: without a file), those that are otherwise now. */
export async function listChangedFiles(
  executor: Executor,
  workspaceId: number,
  known: ReadonlyMap<string, string | null>,
): Promise<(OwnersFile | { repository: string; content: null })[]> {
  return executor.run({
    name: 'list-changed-files',
    text: `SELECT k.repository, dialect, content, updated_at AS "updatedAt"
      FROM unnest($2::text[], $3::timestamptz[]) AS k (repository, updated_at_then)
      LEFT JOIN code_owners c ON c.workspace_id = $1 AND c.repository = k.repository
      WHERE updated_at IS DISTINCT FROM updated_at_then`,
    values: [workspaceId, [...known.keys()], [...known.values()]],
  })
}
