import { explainIssues } from '../../../infra/http/explain-issues.ts'
import { refuse } from '../../../infra/http/refuse.ts'
import { textField, z } from '../../../infra/http/schemas.ts'
import type { Accept } from '../../../infra/http/sockets.ts'
import type { Logger } from '../../../infra/telemetry/logger.ts'
import { AppError } from '../../../shared/errors.ts'
import { unknownUser } from '../../people/index.ts'
import { openChat } from '../chat/session.ts'
import type { Rooms } from '../rooms.ts'

const ChatQuery = z.strictObject({ user_id: textField('u1') })

/** `/chat`: rooms over a WebSocket, see docs/chat.md. */
export function acceptChat(rooms: Rooms, stopping: AbortSignal, log: Logger): Accept {
  return async ({ url }) => {
    const requestId = crypto.randomUUID()
    try {
      const query = ChatQuery.safeParse(Object.fromEntries(new URL(url).searchParams))
      if (!query.success) throw new AppError('invalid', 'INVALID_REQUEST', explainIssues(query.error.issues))
      const { user_id: userId } = query.data
      requireRoom(rooms)
      if ((await rooms.users.submit(userId)) === undefined) throw unknownUser(userId)
      if (stopping.aborted) throw new AppError('overloaded', 'STOPPING', 'This process is stopping.')
      requireRoom(rooms)
      return openChat(rooms, { userId, stopping, asRefusal: (error) => asRefusal(error, requestId, log) })
    } catch (error) {
      return refuse(error as Error, requestId, log)
    }
  }
}

function requireRoom({ figures, maxClients }: Rooms): void {
  if (figures.clients < maxClients) return
  throw new AppError('overloaded', 'TOO_MANY_CLIENTS', `This process serves ${maxClients} clients already; try again.`)
}

/** The same as over HTTP: what was not expected is logged and told to nobody. */
function asRefusal(error: unknown, requestId: string, log: Logger): { code: string; message: string } {
  if (error instanceof AppError) {
    if (error.cause !== undefined) log.warn({ err: error.cause, request_id: requestId }, error.message)
    return error
  }
  log.error({ err: error, request_id: requestId }, 'a message of a chat failed')
  return { code: 'INTERNAL', message: `Something went wrong here; quote ${requestId}.` }
}
