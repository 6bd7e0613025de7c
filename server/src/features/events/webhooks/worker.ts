import { openDatabase } from '../../../infra/db/database.ts'
import { createSettled } from '../../../infra/events/settled.ts'
import { every } from '../../../infra/timer.ts'
import type { Speaker, Work } from '../../../infra/workers/background.ts'
import { retryPolicy } from '../domain/webhook.ts'
import type { FromTeller, TellerWork } from './messages.ts'
import { createTeller } from './tell-webhooks.ts'

/** Endpoints being told share these; each needs one for a moment in every fifty events. */
const CONNECTIONS = 4

/** The work of a `TellerInBackground`. */
export function begin(work: TellerWork, { tell, fail }: Speaker<FromTeller>): Work {
  const { database, workspaceId, everyMs, allowPrivate, timeoutMs } = work
  const stopping = new AbortController()
  const db = openDatabase({ ...database, poolSize: CONNECTIONS, onError: fail })
  const teller = createTeller(
    { db, workspaceId, settled: createSettled(db) },
    {
      allowPrivate,
      timeoutMs,
      signal: stopping.signal,
      retry: retryPolicy,
      onFailure: fail,
      onTraced: (telling) => tell({ kind: 'tried', ...telling }),
    },
  )
  const timer = every(
    everyMs,
    async () => {
      await teller.begin()
    },
    fail,
  )
  return {
    async stop() {
      stopping.abort()
      await timer.stop()
      await teller.idle()
      await db.close()
    },
  }
}
