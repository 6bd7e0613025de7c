import type { DbAddress } from '../../../infra/db/database.ts'
import type { Logger } from '../../../infra/telemetry/logger.ts'
import { startInBackground, type Failed, type WorkInBackground } from '../../../infra/workers/background.ts'
import type { Notifications } from '../notifications.ts'
import { isAnybodyTold } from '../queries/relay.ts'
import { createFollower } from './follow-events.ts'

export type FollowerWork = {
  database: DbAddress
  workspaceId: number
  /** How often it looks for events. */
  everyMs: number
}

export type FollowerInBackground = {
  /** As long as nobody is told of anything it passes over events here; then that is done in the background from there on. */
  follow: () => Promise<void>
  stop: () => Promise<void>
}

/** Writes notifications of events in the background thread: under load there are thousands a second to look at. */
export function createFollowerInBackground(
  deps: Pick<Notifications, 'db' | 'workspaceId' | 'settled' | 'nowMs'>,
  work: Omit<FollowerWork, 'workspaceId'>,
  log: Logger,
): FollowerInBackground {
  const { db, workspaceId } = deps
  const follower = createFollower(deps)
  let following: WorkInBackground | null = null

  function start(): WorkInBackground {
    const data: FollowerWork = { ...work, workspaceId }
    return startInBackground<Failed>({
      file: new URL('./worker.ts', import.meta.url),
      data,
      hear: ({ error }) => log.warn({ err: error }, 'could not write notifications of events'),
      onBroken: (error) =>
        log.error({ err: error }, 'the background thread broke; notifications of events are written again in a moment'),
    })
  }
  return {
    async follow() {
      if (following !== null) return
      if (await isAnybodyTold(db, workspaceId)) following = start()
      else await follower.follow()
    },
    async stop() {
      await following?.stop()
    },
  }
}
