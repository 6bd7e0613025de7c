import type { Speaker, Work } from '../../../infra/workers/background.ts'
import { openBrokerSink } from './broker-sink.ts'
import type { FromRelay, RelayWork } from './messages.ts'
import { startRelay } from './relay.ts'
import { timed } from './timed-sink.ts'

/** The work of `startBrokerRelay`. */
export function begin({ amqpUrl, ...work }: RelayWork, { tell }: Speaker<FromRelay>): Work {
  return startRelay({
    ...work,
    openSink: async () => timed(await openBrokerSink(amqpUrl), (publishing) => tell({ kind: 'tried', ...publishing })),
    pollMs: 250,
    standbyMs: 2000,
    pageSize: 500,
    onFailure: (error) => tell({ kind: 'failed', failure: error.message || String(error) }),
  })
}
