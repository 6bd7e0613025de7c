import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { basename } from 'node:path'
import { parentPort } from 'node:worker_threads'
import type { Begin, Failed, FromWork, Start, ToWork } from './background.ts'

/** The thread of `startInBackground`. Where the processor is short, it is left to those that answer requests. */

/** What `nice` adds by default: on a core that is wanted by others as well, about a tenth of the time of one of them. */
const NICENESS = 10

giveWay()
parentPort!.on('message', (start: Start) => void begin(start))

async function begin({ file, data, port }: Start): Promise<void> {
  const tell = (message: object) => port.postMessage(message)
  const { begin: run } = (await import(file)) as { begin: Begin<unknown, object> }
  const work = run(data, {
    tell,
    fail(error) {
      const failed: Failed = { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) }
      tell(failed)
    },
  })
  port.on('message', (message: ToWork | { kind: string }) => {
    if (message.kind !== 'stop') return work.hear?.(message)
    const stopped: FromWork = { kind: 'stopped' }
    void work.stop().finally(() => tell(stopped))
  })
}

/** On Linux a thread has a niceness of its own (https://man7.org/linux/man-pages/man2/setpriority.2.html, NOTES); elsewhere nothing changes. */
function giveWay(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), NICENESS)
  } catch {
    // A sandbox may forbid it, or have no /proc: all threads are equal then.
  }
}
