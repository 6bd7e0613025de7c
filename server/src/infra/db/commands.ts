import type { Actor } from '../../shared/actor.ts'
import { AppError } from '../../shared/errors.ts'
import type { BatchOutcome } from '../batch/batcher.ts'
import type { Answers, Change } from '../cache/answer-cache.ts'
import { isLockTimeout, isOutcomeUnknown } from './database-errors.ts'
import type { Db, Tx } from './database.ts'
import { claimKeys, findOutcome, storeOutcomes, type OnceKey } from './idempotency.ts'

/** One call of a command: who asks for what, and the key that makes repeating it harmless. */
export type Call<Input> = {
  actor: Actor
  input: Input
  once: OnceKey | null
  /** Of the work that calls, where its trace is kept: events carry it on. */
  traceparent?: string | null
}

export type CommandDeps = { db: Db; workspaceId: number; answers: Answers }

export type Done<Result> = {
  outcomes: readonly BatchOutcome<Result>[]
  /** The answers that are others from now on. */
  changed: readonly Change[]
  /** Runs once the transaction has committed; the place for what lives in memory. */
  afterCommit?: () => void
}

/** Waits for a lock that a call on its own makes before it is refused. */
const LOCK_ATTEMPTS = 4

/** Does calls in one transaction, each succeeding or refused on its own; those with a known key get their old answer. */
export async function runCalls<Input, Result>(
  deps: CommandDeps,
  calls: readonly Call<Input>[],
  work: (tx: Tx, calls: readonly Call<Input>[]) => Promise<Done<Result>>,
): Promise<readonly BatchOutcome<Result>[]> {
  const keys = calls.flatMap(({ once }) => (once === null ? [] : [once]))
  return acknowledge(deps, calls, () =>
    deps.db.transaction((tx) => {
      nameTrace(tx, calls)
      return keys.length === 0 ? work(tx, calls) : workOnce(tx, deps.workspaceId, calls, keys, work)
    }),
  )
}

/** For what a call that is alone writes; it shares the round trip of the work. */
function nameTrace(tx: Tx, [call, ...others]: readonly Call<unknown>[]): void {
  const traceparent = call?.traceparent ?? null
  if (traceparent === null || others.length > 0) return
  const named = tx.run({ text: `SELECT set_config('tandem.traceparent', $1, true)`, values: [traceparent] })
  // Then the work fails as well.
  named.catch(() => undefined)
}

/** Does a change and, before anybody hears that it is done, has the answers forgotten that it made wrong. */
export async function acknowledge<Result>(
  { answers }: Pick<CommandDeps, 'answers'>,
  calls: readonly unknown[],
  change: () => Promise<Done<Result>>,
): Promise<readonly BatchOutcome<Result>[]> {
  const mark = answers.mark()
  try {
    const { outcomes, changed, afterCommit } = calls.length === 1 ? await patiently(change) : await change()
    afterCommit?.()
    if (changed.length > 0) answers.changed(changed, mark)
    return outcomes
  } catch (error) {
    // It may have been committed all the same.
    if (isOutcomeUnknown(error)) answers.allChanged()
    throw error
  }
}

/** Waits longer for a lock than the database does: nobody else waits with a call that is alone. */
async function patiently<T>(change: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change()
    } catch (error) {
      if (!isLockTimeout(error) || attempt === LOCK_ATTEMPTS) throw error
    }
  }
}

/** `runCalls` for one call alone; `work` refuses by throwing an `AppError`, and what it wrote is then undone. */
export async function runCall<Input, Result>(
  deps: CommandDeps,
  call: Call<Input>,
  work: (tx: Tx) => Promise<{ result: Result } & Omit<Done<Result>, 'outcomes'>>,
): Promise<Result> {
  const [outcome] = await runCalls<Input, Result>(deps, [call], async (tx) => {
    const { result, ...done } = await work(tx)
    return { outcomes: [{ ok: true, value: result }], ...done }
  })
  return valueOf(outcome!)
}

/**
 * `runCall` for work outside, which no transaction can undo and none waits for: it is done first, `write` then notes it. With its key
 * a call that was answered before gets that answer, and nothing is done; calls that come at the same time may each do it.
 */
export async function runOutside<Input, Result>(
  deps: CommandDeps,
  call: Call<Input>,
  work: () => Promise<(tx: Tx) => Promise<Result>>,
): Promise<Result> {
  const known = call.once === null ? null : await findOutcome(deps.db, deps.workspaceId, call.once)
  if (known !== null) return valueOf(known)
  const write = await work().catch((error: Error) => () => Promise.reject(error))
  return runCall(deps, call, async (tx) => ({ result: await write(tx), changed: [] }))
}

function valueOf<Result>(outcome: BatchOutcome<Result>): Result {
  if (outcome.ok) return outcome.value
  throw outcome.error
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
  const done = fresh.length === 0 ? { outcomes: [], changed: [] } : await workInSavepoint(tx, fresh, work)
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
    return { outcomes: calls.map(() => ({ ok: false, error })), changed: [] }
  }
}
