import { compile, sqlBuilder } from '../../../infra/db/compile.ts'
import type { Executor } from '../../../infra/db/database.ts'
import type { StoredEvent } from '../../../infra/events/event-log.ts'

type Tables = {
  event: {
    sequence: number
    occurred_at: string
    workspace_id: number
    type: string
    subject: string
    team_name: string | null
    actor: string
    data: Record<string, unknown>
    traceparent: string | null
  }
}

const build = sqlBuilder<Tables>()

export type StoredFilter = { teamName: string | null; subject: string | null; types: readonly string[] | null }

/** Rows of the log by number, from one number up to another. */
export async function listStoredEvents(
  executor: Executor,
  workspaceId: number,
  { teamName, subject, types }: StoredFilter,
  { from, upTo, limit }: { from: number; upTo: number; limit: number },
): Promise<StoredEvent[]> {
  return executor.run(
    compile(
      build
        .selectFrom('event')
        .select([
          'sequence',
          'occurred_at as occurredAt',
          'workspace_id as workspaceId',
          'type',
          'subject',
          'team_name as teamName',
          'actor',
          'data',
          'traceparent',
        ])
        .where('workspace_id', '=', workspaceId)
        .where('sequence', '>=', from)
        .where('sequence', '<=', upTo)
        .$if(teamName !== null, (query) => query.where('team_name', '=', teamName!))
        .$if(subject !== null, (query) => query.where('subject', '=', subject!))
        .$if(types !== null, (query) => query.where('type', 'in', types!))
        .orderBy('sequence')
        .limit(limit),
    ),
  )
}
