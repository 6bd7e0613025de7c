import type { Actor } from '../../shared/actor.ts'
import { AppError } from '../../shared/errors.ts'
import type { BatchOutcome } from '../batch/batcher.ts'
import type { Db, Tx } from './database.ts'
import { claimKeys, storeOutcomes, type OnceKey } from './idempotency.ts'

/** One call of a command: who asks for what, and the key that makes repeating it harmless. */
export type Call<Input> = { actor: Actor; input: Input; once: OnceKey | null }

export type Done<Result> = {
  outcomes: readonly BatchOutcome<Result>[]
  /** Runs once the transaction has committed; the place for what lives in memory. */
  afterCommit?: () => void
}

/** Does calls in one transaction, each succeeding or refused on its own; those with a known key get their old answer. */
export async function runCalls<Input, Result>(
  { db, workspaceId }: { db: Db; workspaceId: number },
  calls: readonly Call<Input>[],
  work: (tx: Tx, calls: readonly Call<Input>[]) => Promise<Done<Result>>,
): Promise<readonly BatchOutcome<Result>[]> {
  const keys = calls.flatMap(({ once }) => (once === null ? [] : [once]))
  const { outcomes, afterCommit } = await db.transaction((tx) =>
    keys.length === 0 ? work(tx, calls) : workOnce(tx, workspaceId, calls, keys, work),
  )
  afterCommit?.()
  return outcomes
}

/** `runCalls` for one call alone; `work` refuses by throwing an `AppError`, and what it wrote is then undone. */
export async function runCall<Input, Result>(
  deps: { db: Db; workspaceId: number },
  call: Call<Input>,
  work: (tx: Tx) => Promise<{ result: Result; afterCommit?: () => void }>,
): Promise<Result> {
  const [outcome] = await runCalls<Input, Result>(deps, [call], async (tx) => {
    const { result, afterCommit } = await work(tx)
    return { outcomes: [{ ok: true, value: result }], ...(afterCommit && { afterCommit }) }
  })
  if (outcome!.ok) return outcome!.value
  throw outcome!.error
}

async function workOnce<Input, Result>(
  tx: Tx,
  workspaceId: number,
  calls: readonly Call<Input>[],
  keys: readonly OnceKey[],
  work: (tx: Tx, calls: readonly Call<Input>[]) => Promise<Done<Result>>,
): Promise<Done<Result>> {
  const answered = await claimKeys(tx, workspaceId, keys)
  const isNew = ({ once }: Call<Input>) => once === null || !answered.has(once.key)
  const fresh = calls.filter(isNew)
  const done = fresh.length === 0 ? { outcomes: [] } : await workInSavepoint(tx, fresh, work)
  const byCall = new Map(fresh.map((call, index) => [call, done.outcomes[index]!]))
  const toStore = fresh.flatMap((call): [string, BatchOutcome<Result>][] =>
    call.once === null ? [] : [[call.once.key, byCall.get(call)!]],
  )
  await storeOutcomes(tx, workspaceId, new Map(toStore))
  return { ...done, outcomes: calls.map((call) => byCall.get(call) ?? answered.get(call.once!.key)!) }
}

/** The outcomes are stored after the work, so the work must not commit yet; a refusal must leave only its key behind. */
async function workInSavepoint<Input, Result>(
  tx: Tx,
  calls: readonly Call<Input>[],
  work: (tx: Tx, calls: readonly Call<Input>[]) => Promise<Done<Result>>,
): Promise<Done<Result>> {
  await tx.run({ text: 'SAVEPOINT work', values: [] })
  try {
    return await work({ ...tx, runAndCommit: tx.run }, calls)
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === 'overloaded') throw error
    await tx.run({ text: 'ROLLBACK TO SAVEPOINT work', values: [] })
    return { outcomes: calls.map(() => ({ ok: false, error })) }
  }
}
