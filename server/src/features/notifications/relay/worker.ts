import { openDatabase } from '../../../infra/db/database.ts'
import { createSettled } from '../../../infra/events/settled.ts'
import { every } from '../../../infra/timer.ts'
import type { Failed, Speaker, Work } from '../../../infra/workers/background.ts'
import { createFollower } from './follow-events.ts'
import type { FollowerWork } from './follower-in-background.ts'

/** The work of a `FollowerInBackground`. */
export function begin({ database, workspaceId, everyMs }: FollowerWork, { fail }: Speaker<Failed>): Work {
  const db = openDatabase({ ...database, poolSize: 2, onError: fail })
  const follower = createFollower({ db, workspaceId, settled: createSettled(db), nowMs: Date.now })
  const timer = every(
    everyMs,
    async () => {
      await follower.follow()
    },
    fail,
  )
  return {
    async stop() {
      await timer.stop()
      await db.close()
    },
  }
}
