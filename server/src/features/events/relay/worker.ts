import { parentPort, workerData } from 'node:worker_threads'
import { openBrokerSink } from './broker-sink.ts'
import type { FromRelay, RelayWork } from './messages.ts'
import { startRelay } from './relay.ts'

/** The thread of a `BrokerRelay`. */
const port = parentPort!
const { databaseUrl, workspaceId, amqpUrl } = workerData as RelayWork

const relay = startRelay({
  databaseUrl,
  workspaceId,
  name: 'amqp',
  openSink: () => openBrokerSink(amqpUrl),
  pollMs: 250,
  standbyMs: 2000,
  pageSize: 500,
  onFailure: (error) => tell({ kind: 'failed', failure: error.message || String(error) }),
  onPublished: (events) => tell({ kind: 'published', count: events.length, sequence: events.at(-1)!.sequence }),
})
port.once('message', () => {
  void relay.stop().then(() => tell({ kind: 'stopped' }))
})

function tell(message: FromRelay): void {
  port.postMessage(message)
}
