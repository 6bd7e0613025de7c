import type { Logger } from '../../../infra/telemetry/logger.ts'
import { startThread, type Failed, type Thread } from '../../../infra/workers/thread.ts'
import type { Notifications } from '../notifications.ts'
import { isAnybodyTold } from '../queries/relay.ts'
import { createFollower } from './follow-events.ts'

export type FollowerWork = {
  databaseUrl: string
  workspaceId: number
  connectTimeoutMs: number
  statementTimeoutMs: number
  /** How often it looks for events. */
  everyMs: number
}

export type FollowerThread = {
  /** As long as nobody is told of anything it passes over events here; then the thread is started, which does it from there on. */
  follow: () => Promise<void>
  stop: () => Promise<void>
}

/** Writes notifications of events in a thread of its own: under load there are thousands a second to look at. */
export function createFollowerThread(
  deps: Pick<Notifications, 'db' | 'workspaceId' | 'settled' | 'nowMs'>,
  work: Omit<FollowerWork, 'workspaceId'>,
  log: Logger,
): FollowerThread {
  const { db, workspaceId } = deps
  const follower = createFollower(deps)
  let thread: Thread | null = null

  function start(): Thread {
    const workerData: FollowerWork = { ...work, workspaceId }
    return startThread<Failed>({
      file: new URL('./worker.ts', import.meta.url),
      workerData,
      hear: ({ error }) => log.warn({ err: error }, 'could not write notifications of events'),
      onBroken: (error) => log.error({ err: error }, 'the thread that writes notifications of events broke'),
    })
  }
  return {
    async follow() {
      if (thread !== null) return
      if (await isAnybodyTold(db, workspaceId)) thread = start()
      else await follower.follow()
    },
    async stop() {
      await thread?.stop()
    },
  }
}
