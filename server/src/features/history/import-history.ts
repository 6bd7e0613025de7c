import { acknowledge } from '../../infra/db/commands.ts'
import type { Line } from '../../infra/http/uploads.ts'
import type { Actor } from '../../shared/actor.ts'
import { AppError } from '../../shared/errors.ts'
import { batchesOf } from './batches.ts'
import type { PastChange } from './domain/past-change.ts'
import type { History } from './history.ts'
import { insertPastChanges } from './queries/past-changes.ts'

export type HistoryImport = { repository: string; lines: AsyncIterable<Line> }
export type Imported = { read: number; imported: number; known: number }
export type RunningImport = {
  /** What is committed so far. */
  counts: Readonly<Imported>
  ended: Promise<Imported>
}

const MAX_AT_ONCE = 2

/**
 * Begins to take in a history, batch by batch, each committed on its own: one that breaks off keeps what it has, and repeating it is
 * harmless. Refuses at once when two are under way in this process.
 */
export function importHistory(deps: History, call: { actor: Actor; input: HistoryImport }): RunningImport {
  if (deps.underWay.imports >= MAX_AT_ONCE) {
    throw new AppError(
      'overloaded',
      'OVERLOADED',
      `${MAX_AT_ONCE} imports are under way here already; try again later.`,
    )
  }
  deps.underWay.imports++
  const counts: Imported = { read: 0, imported: 0, known: 0 }
  const ended = writeAll(deps, call.input, counts).finally(() => {
    deps.underWay.imports--
    if (counts.imported > 0) deps.announceImport()
  })
  return { counts, ended }
}

async function writeAll(deps: History, { repository, lines }: HistoryImport, counts: Imported): Promise<Imported> {
  try {
    for await (const batch of batchesOf(repository, lines)) {
      const imported = await writeBatch(deps, batch)
      counts.read += batch.length
      counts.imported += imported
      counts.known += batch.length - imported
    }
    return counts
  } catch (error) {
    throw error instanceof AppError ? withCounts(error, counts) : error
  }
}

async function writeBatch(deps: History, batch: readonly PastChange[]): Promise<number> {
  const [outcome] = await acknowledge(deps, [batch], async () => {
    const rows = await deps.db.transaction((tx) => tx.runAndCommit(insertPastChanges(deps.workspaceId, batch)))
    return { outcomes: [{ ok: true, value: rows[0]!.imported }], changed: [] }
  })
  if (outcome!.ok) return outcome!.value
  throw outcome!.error
}

function withCounts({ kind, code, message, cause }: AppError, { imported, known }: Imported): AppError {
  const kept = `Of the changes before it ${imported} were imported and ${known} known; sending all again does no harm.`
  return new AppError(kind, code, `${message} ${kept}`, cause === undefined ? {} : { cause })
}
