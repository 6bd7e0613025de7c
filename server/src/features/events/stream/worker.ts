import { workerData } from 'node:worker_threads'
import { openDatabase } from '../../../infra/db/database.ts'
import { createSettled } from '../../../infra/events/settled.ts'
import { inThread } from '../../../infra/workers/in-thread.ts'
import { readEvents } from '../read-events.ts'
import { READS_AT_ONCE, type Asked, type FromReader, type ReaderWork } from './log-reader.ts'
import { writePage } from './told-event.ts'

/** The thread of a `LogReader`. */
const { databaseUrl, ...database } = workerData as ReaderWork

const { tell, fail } = inThread<FromReader>(
  () => db.close(),
  (asked) => void answer(asked as Asked),
)
const db = openDatabase({ url: databaseUrl, poolSize: READS_AT_ONCE, ...database, onError: fail })
const settled = createSettled(db)

async function answer({ id, after, upTo, limit }: Asked): Promise<void> {
  try {
    const end = upTo ?? (await settled.advance())
    const { events, isFull } = await readEvents(db, { after, upTo: end, limit })
    tell({ kind: 'page', id, text: writePage(events, { upTo: end, isFull }) })
  } catch (error) {
    tell({ kind: 'unread', id, error: error as Error })
  }
}
