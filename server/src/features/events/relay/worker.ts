import { workerData } from 'node:worker_threads'
import { inThread } from '../../../infra/workers/in-thread.ts'
import { openBrokerSink } from './broker-sink.ts'
import type { FromRelay, RelayWork } from './messages.ts'
import { startRelay } from './relay.ts'
import { timed } from './timed-sink.ts'

/** The thread of `startBrokerRelay`. */
const { databaseUrl, workspaceId, name, amqpUrl } = workerData as RelayWork

const { tell } = inThread<FromRelay>(() => relay.stop())
const relay = startRelay({
  databaseUrl,
  workspaceId,
  name,
  openSink: async () => timed(await openBrokerSink(amqpUrl), (publishing) => tell({ kind: 'tried', ...publishing })),
  pollMs: 250,
  standbyMs: 2000,
  pageSize: 500,
  onFailure: (error) => tell({ kind: 'failed', failure: error.message || String(error) }),
})
