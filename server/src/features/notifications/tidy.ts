import { z } from '../../infra/http/schemas.ts'
import { enqueueAll } from '../../infra/jobs/enqueue.ts'
import { defineJob } from '../../infra/jobs/job.ts'
import type { Notifications } from './notifications.ts'
import { forgetOldNotifications, listStranded } from './queries/notifications.ts'
import { jobOf, sendNotifications } from './sending/job.ts'

const STRANDED_MINUTES = 30
const STRANDED_TOGETHER = 1000

type Deps = Pick<Notifications, 'db' | 'workspaceId'> & { days: number }

/** Forgets what is old, and sees to it that whatever waits has a job: one that killed each of its workers is dead. */
export const tidyNotifications = defineJob({
  name: 'tidy-notifications',
  payload: z.strictObject({}),
  maxAttempts: 3,
  cron: '*/10 * * * *',
  async run({ db, workspaceId, days }: Deps, { signal }) {
    const stranded = await listStranded(db, workspaceId, { minutes: STRANDED_MINUTES, limit: STRANDED_TOGETHER })
    const jobs = stranded.map((key) => jobOf(key, 0))
    if (jobs.length > 0) await db.run(enqueueAll(workspaceId, sendNotifications, jobs))
    while (!signal.aborted && (await forgetOldNotifications(db, workspaceId, days)) > 0);
  },
})
