import type { OpenSession } from '../../../infra/http/sockets.ts'
import type { EventFilter } from '../domain/event.ts'
import type { Events } from '../events.ts'

export type Wanted = { filter: EventFilter; after: number | null }

/** Sends every event after that number, or from now on, as a message of its own, until the process stops. */
export async function openLiveSocket(
  { live }: Pick<Events, 'live'>,
  { filter, after }: Wanted,
  stopping: AbortSignal,
): Promise<OpenSession> {
  const from = after ?? (await live.now())
  return (sender) => {
    const stop = () => sender.end('STOPPING')
    const { cancel } = live.listen(
      {
        filter,
        isFree: sender.isFree,
        onEvents: (events) => sender.sendAll(events.map(({ json }) => json)),
      },
      from,
    )
    stopping.addEventListener('abort', stop)
    if (stopping.aborted) stop()
    return {
      onClose() {
        stopping.removeEventListener('abort', stop)
        cancel()
      },
    }
  }
}
