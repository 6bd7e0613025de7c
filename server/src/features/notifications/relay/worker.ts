import { workerData } from 'node:worker_threads'
import { openDatabase } from '../../../infra/db/database.ts'
import { createSettled } from '../../../infra/events/settled.ts'
import { every } from '../../../infra/timer.ts'
import { inThread } from '../../../infra/workers/in-thread.ts'
import { createFollower } from './follow-events.ts'
import type { FollowerWork } from './follower-thread.ts'

/** The thread that writes notifications of events. */
const { databaseUrl, workspaceId, everyMs, ...database } = workerData as FollowerWork

const { fail } = inThread(async () => {
  await timer.stop()
  await db.close()
})
const db = openDatabase({ url: databaseUrl, poolSize: 2, ...database, onError: fail })
const follower = createFollower({ db, workspaceId, settled: createSettled(db), nowMs: Date.now })
const timer = every(
  everyMs,
  async () => {
    await follower.follow()
  },
  fail,
)
