import type { Executor, Query } from '../../../infra/db/database.ts'

/** Whether this session is the one of its name that hands events on; it stays so until it ends. */
export async function tryToLead(executor: Executor, workspaceId: number, name: string): Promise<boolean> {
  const [row] = await executor.run<{ leads: boolean }>({
    name: 'try-to-lead',
    text: `SELECT pg_try_advisory_lock(hashtext('tandem.relay.' || $2), $1) AS leads`,
    values: [workspaceId, name],
  })
  return row!.leads
}

/** The number of the last event handed on; a relay that is new begins with the oldest event there is. */
export async function findPosition(executor: Executor, workspaceId: number, name: string): Promise<number> {
  const [row] = await executor.run<{ sequence: number }>({
    name: 'find-relay-position',
    text: 'SELECT sequence FROM event_relay WHERE workspace_id = $1 AND relay_name = $2',
    values: [workspaceId, name],
  })
  return row?.sequence ?? 0
}

/** Notes how far a relay has come; never takes it back. */
export function updatePosition(workspaceId: number, name: string, sequence: number): Query<never> {
  return {
    name: 'update-relay-position',
    text: `INSERT INTO event_relay AS r (workspace_id, relay_name, sequence) VALUES ($1, $2, $3)
      ON CONFLICT (workspace_id, relay_name) DO UPDATE SET sequence = excluded.sequence, moved_at = now()
        WHERE r.sequence < excluded.sequence`,
    values: [workspaceId, name, sequence],
  }
}
