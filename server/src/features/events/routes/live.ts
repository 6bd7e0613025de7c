import { explainIssues } from '../../../infra/http/explain-issues.ts'
import { refuse } from '../../../infra/http/refuse.ts'
import { requestIdOf } from '../../../infra/http/request-id.ts'
import type { Accept } from '../../../infra/http/sockets.ts'
import type { Logger } from '../../../infra/telemetry/logger.ts'
import { AppError } from '../../../shared/errors.ts'
import type { Events } from '../events.ts'
import { StreamQuery } from '../schemas.ts'
import { openLiveSocket } from '../stream/live-socket.ts'
import { filterOf, requireRoom } from '../stream/request.ts'

/** `/live`: what `GET /event/stream` sends, over a WebSocket, with the same query. */
export function acceptLive(events: Events, stopping: AbortSignal, log: Logger): Accept {
  return async (request) => {
    try {
      const query = StreamQuery.safeParse(Object.fromEntries(new URL(request.url).searchParams))
      if (!query.success) throw new AppError('invalid', 'INVALID_REQUEST', explainIssues(query.error.issues))
      if (stopping.aborted) throw new AppError('overloaded', 'STOPPING', 'This process is stopping.')
      requireRoom(events)
      return await openLiveSocket(events, { filter: filterOf(query.data), after: query.data.after ?? null }, stopping)
    } catch (error) {
      return refuse(error as Error, requestIdOf(request), log)
    }
  }
}
