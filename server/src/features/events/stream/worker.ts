import { openDatabase, type DbAddress } from '../../../infra/db/database.ts'
import { createSettled } from '../../../infra/events/settled.ts'
import type { Speaker, Work } from '../../../infra/workers/background.ts'
import { readEvents } from '../read-events.ts'
import { READS_AT_ONCE, type Asked, type FromReader } from './log-reader.ts'
import { writePage } from './told-event.ts'

/** The work of a `LogReader`. */
export function begin(database: DbAddress, { tell, fail }: Speaker<FromReader>): Work {
  const db = openDatabase({ ...database, poolSize: READS_AT_ONCE, onError: fail })
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
  return { stop: () => db.close(), hear: (asked) => void answer(asked as Asked) }
}
