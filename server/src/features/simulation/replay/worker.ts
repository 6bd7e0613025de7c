import { parentPort } from 'node:worker_threads'
import type { PastChange } from '../ranker.ts'
import { replayHistory } from '../replay-history.ts'
import { rankerOf, type Rule } from '../rules.ts'
import type { FromReplayer, HistoryRow, ToReplayer } from './messages.ts'

/** The thread of a `Replayer`: keeps one history, and replays it rule by rule. */
const port = parentPort!
let changes: PastChange[] = []

port.on('message', (message: ToReplayer) => {
  try {
    handle(message)
  } catch (error) {
    tell({ kind: 'failed', failure: error instanceof Error ? error.message : String(error) })
  }
})

function handle(message: ToReplayer): void {
  switch (message.kind) {
    case 'forget':
      changes = []
      break
    case 'load':
      for (const row of JSON.parse(message.json) as HistoryRow[]) changes.push(changeOf(row))
      break
    case 'replay':
      tell({ kind: 'replayed', replayed: replay(message.rule) })
      break
  }
}

function replay(rule: Rule) {
  const step = Math.ceil(changes.length / 100)
  let done = 0
  return replayHistory(changes, [rankerOf(rule)], () => {
    if (++done % step === 0) tell({ kind: 'progress', share: done / changes.length })
  })
}

function changeOf({ repository = null, ...change }: HistoryRow): PastChange {
  if (repository === null || repository === '') return change
  const within = (path: string) => `${repository}/${path}`
  return {
    ...change,
    files: change.files.map(within),
    renames: change.renames.map(([from, to]) => [within(from), within(to)] as const),
    deleted: change.deleted.map(within),
  }
}

function tell(message: FromReplayer): void {
  port.postMessage(message)
}
