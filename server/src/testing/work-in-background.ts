import { readlinkSync } from 'node:fs'
import { getPriority } from 'node:os'
import { basename } from 'node:path'
import { threadId } from 'node:worker_threads'
import type { Speaker, Work } from '../infra/workers/background.ts'

export type FromTestWork = { kind: 'here'; data: string; threadId: number; niceness: number }

/** Says where it runs and how nice that thread is, whenever it is told anything; told to break, it breaks the thread. */
export function begin(data: string, { tell }: Speaker<FromTestWork>): Work {
  const niceness = process.platform === 'linux' ? getPriority(Number(basename(readlinkSync('/proc/thread-self')))) : 0
  const sayWhere = () => tell({ kind: 'here', data, threadId, niceness })
  sayWhere()
  return {
    stop: () => Promise.resolve(),
    hear(message) {
      if ((message as { kind: string }).kind !== 'break') return sayWhere()
      setTimeout(() => {
        throw new Error('broken on purpose')
      })
    },
  }
}
