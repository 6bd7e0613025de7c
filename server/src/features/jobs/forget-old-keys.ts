import type { Db } from '../../infra/db/database.ts'
import { forgetOldKeys } from '../../infra/db/idempotency.ts'
import { z } from '../../infra/http/schemas.ts'
import { defineJob } from '../../infra/jobs/job.ts'

/** Forgets the answers to idempotency keys that are older than they are promised to be remembered. */
export const forgetOldKeysJob = defineJob({
  name: 'forget-idempotency-keys',
  payload: z.strictObject({}),
  maxAttempts: 3,
  cron: '*/10 * * * *',
  async run({ db, hours }: { db: Db; hours: number }, { workspaceId, signal }) {
    while (!signal.aborted && (await forgetOldKeys(db, workspaceId, hours)) > 0);
  },
})
