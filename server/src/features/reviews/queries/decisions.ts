import type { Executor } from '../../../infra/db/database.ts'
import type { ReviewPolicy } from '../../../shared/roster.ts'
import { decodeDecision, type MembersAt } from '../domain/decision-record.ts'
import type { Decision } from '../domain/decision.ts'

export type DecisionRecord = {
  pullRequestId: string
  number: number
  decision: Decision
  /** Whom the trial policy would have chosen. */
  trial: { policy: ReviewPolicy; assignedIds: readonly string[] } | null
  actor: string
  decidedAt: string
}

type Row = {
  pull_request_id: string
  number: number
  record: unknown
  trial: DecisionRecord['trial']
  actor: string
  decided_at: string
}

const COLUMNS = `pull_request_id, number, record, actor, decided_at, CASE WHEN trial IS NOT NULL
  THEN json_build_object('policy', trial -> 'policy', 'assignedIds', trial -> 'assignedIds') END AS trial`

/** The decisions about one pull request, in the order they were made. */
export async function listDecisions(
  executor: Executor,
  workspaceId: number,
  pullRequestId: string,
  membersAt: MembersAt,
): Promise<DecisionRecord[]> {
  const rows = await executor.run<Row>({
    name: 'list-decisions',
    text: `SELECT ${COLUMNS} FROM decision
      WHERE workspace_id = $1 AND pull_request_id = $2 ORDER BY number`,
    values: [workspaceId, pullRequestId],
  })
  return readRecords(rows, membersAt)
}

/** The decisions with these numbers; those that are not there are left out. */
export async function findDecisions(
  executor: Executor,
  workspaceId: number,
  wanted: readonly { pullRequestId: string; number: number }[],
  membersAt: MembersAt,
): Promise<DecisionRecord[]> {
  const rows = await executor.run<Row>({
    name: 'find-decisions',
    text: `SELECT found.* FROM (
        SELECT DISTINCT * FROM unnest($2::text[], $3::int[]) AS given (pull_request_id, number)
      ) AS given CROSS JOIN LATERAL (
        SELECT ${COLUMNS} FROM decision
        WHERE workspace_id = $1 AND pull_request_id = given.pull_request_id AND number = given.number OFFSET 0
      ) AS found`,
    values: [workspaceId, wanted.map(({ pullRequestId }) => pullRequestId), wanted.map(({ number }) => number)],
  })
  return readRecords(rows, membersAt)
}

/** All decisions by pull request and number, a page at a time. */
export async function listAllDecisions(
  executor: Executor,
  workspaceId: number,
  page: { after: { pullRequestId: string; number: number }; limit: number },
  membersAt: MembersAt,
): Promise<DecisionRecord[]> {
  const rows = await executor.run<Row>({
    name: 'list-all-decisions',
    text: `SELECT ${COLUMNS} FROM decision
      WHERE workspace_id = $1 AND (pull_request_id, number) > ($2, $3) ORDER BY pull_request_id, number LIMIT $4`,
    values: [workspaceId, page.after.pullRequestId, page.after.number, page.limit],
  })
  return readRecords(rows, membersAt)
}

export async function countDecisions(executor: Executor, workspaceId: number): Promise<number> {
  const [row] = await executor.run<{ n: number }>({
    text: 'SELECT count(*) AS n FROM decision WHERE workspace_id = $1',
    values: [workspaceId],
  })
  return row!.n
}

async function readRecords(rows: readonly Row[], membersAt: MembersAt): Promise<DecisionRecord[]> {
  const records: DecisionRecord[] = []
  for (const row of rows) {
    records.push({
      pullRequestId: row.pull_request_id,
      number: row.number,
      decision: await decodeDecision(row.record, membersAt),
      trial: row.trial,
      actor: row.actor,
      decidedAt: row.decided_at,
    })
  }
  return records
}
