import { workerData } from 'node:worker_threads'
import { openDatabase } from '../../../infra/db/database.ts'
import { createSettled } from '../../../infra/events/settled.ts'
import { every } from '../../../infra/timer.ts'
import { inThread } from '../../../infra/workers/in-thread.ts'
import { retryPolicy } from '../domain/webhook.ts'
import type { FromTeller, TellerWork } from './messages.ts'
import { createTeller } from './tell-webhooks.ts'

/** Endpoints being told share these; each needs one for a moment in every fifty events. */
const CONNECTIONS = 4

/** The thread that tells webhooks. */
const { databaseUrl, workspaceId, everyMs, allowPrivate, timeoutMs, ...database } = workerData as TellerWork

const stopping = new AbortController()
const { tell, fail } = inThread<FromTeller>(async () => {
  stopping.abort()
  await timer.stop()
  await teller.idle()
  await db.close()
})
const db = openDatabase({ url: databaseUrl, poolSize: CONNECTIONS, ...database, onError: fail })
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
