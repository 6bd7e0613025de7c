import type { DbAddress } from '../../../infra/db/database.ts'
import { startInBackground, type Failed, type WorkInBackground } from '../../../infra/workers/background.ts'
import { readPage, type ToldPage } from './told-event.ts'

/** The events after a number, up to another, or with null up to what is settled by now; `limit` bounds the changes that tell them. */
export type Reading = { after: number; upTo: number | null; limit: number }

export type Asked = Reading & { kind: 'read'; id: number }
export type FromReader =
  | Failed
  | { kind: 'page'; id: number; text: string }
  | { kind: 'unread'; id: number; error: Error }

export type LogReader = {
  /** Throws where the log cannot be read at the moment. */
  read: (reading: Reading) => Promise<ToldPage>
  stop: () => Promise<void>
}

/** Its connections. */
export const READS_AT_ONCE = 5
/** Longer than a statement may take. */
const PATIENCE_MS = 15_000

type Waiting = Pick<PromiseWithResolvers<ToldPage>, 'resolve' | 'reject'>

/**
 * Reads the log of events in the background thread, from the first reading on: under load there are thousands a second, each of which costs
 * as much as half a request to read and to write down for those who listen.
 */
export function createLogReader(database: DbAddress, onFailure: (error: unknown) => void): LogReader {
  const waiting = new Map<number, Waiting>()
  let reader: WorkInBackground | null = null
  let lastId = 0

  function settle(id: number, how: (waiting: Waiting) => void): void {
    const one = waiting.get(id)
    waiting.delete(id)
    if (one !== undefined) how(one)
  }
  function hear(message: FromReader): void {
    if (message.kind === 'failed') onFailure(message.error)
    else if (message.kind === 'unread') settle(message.id, ({ reject }) => reject(message.error))
    else settle(message.id, ({ resolve }) => resolve(readPage(message.text)))
  }
  function start(): WorkInBackground {
    return startInBackground<FromReader>({
      file: new URL('./worker.ts', import.meta.url),
      data: database,
      hear,
      onBroken(error) {
        onFailure(error)
        for (const id of waiting.keys()) settle(id, ({ reject }) => reject(error))
      },
    })
  }
  return {
    async read(reading) {
      reader ??= start()
      const id = ++lastId
      const { promise, resolve, reject } = Promise.withResolvers<ToldPage>()
      waiting.set(id, { resolve, reject })
      const late = new Error('The reader of events does not answer')
      const timer = setTimeout(() => settle(id, () => reject(late)), PATIENCE_MS)
      const asked: Asked = { kind: 'read', id, ...reading }
      reader.tell(asked)
      return promise.finally(() => clearTimeout(timer))
    },
    async stop() {
      await reader?.stop()
      for (const id of waiting.keys()) settle(id, ({ reject }) => reject(new Error('The process stops')))
    },
  }
}
