import { AppError, type ErrorKind } from '../../shared/errors.ts'
import type { BatchOutcome } from '../batch/batcher.ts'
import type { Executor, Query } from './database.ts'

/** The caller's promise that calls with this key are one and the same; `fingerprint` stands for what was asked. */
export type OnceKey = { key: string; fingerprint: string }

type Refusal = { kind: ErrorKind; code: string; message: string }
type StoredOutcome = { value: unknown } | { refusal: Refusal }
type Claim = { key: string; fingerprint: string; outcome: StoredOutcome | null }

/**
 * Reserves the keys in this transaction, waiting for others that hold them, and gives for each key answered before
 * its recorded outcome; keys that are not in the result are the caller's to answer.
 */
export async function claimKeys(
  executor: Executor,
  workspaceId: number,
  keys: readonly OnceKey[],
): Promise<Map<string, BatchOutcome<never>>> {
  const [, claims] = await Promise.all([
    executor.run(insertKeys(workspaceId, keys)),
    executor.run(listClaims(workspaceId, keys)),
  ])
  return answersTo(keys, claims)
}

/** The recorded outcome of a call with this key; null where it has not come before, or is not answered yet. */
export async function findOutcome(
  executor: Executor,
  workspaceId: number,
  key: OnceKey,
): Promise<BatchOutcome<never> | null> {
  return answersTo([key], await executor.run(listClaims(workspaceId, [key]))).get(key.key) ?? null
}

function answersTo(keys: readonly OnceKey[], claims: readonly Claim[]): Map<string, BatchOutcome<never>> {
  const asked = new Map(keys.map(({ key, fingerprint }) => [key, fingerprint]))
  const answered = new Map<string, BatchOutcome<never>>()
  for (const { key, fingerprint, outcome } of claims) {
    if (outcome === null) continue
    answered.set(key, fingerprint === asked.get(key) ? recall(outcome) : { ok: false, error: keyReused(key) })
  }
  return answered
}

export async function storeOutcomes(
  executor: Executor,
  workspaceId: number,
  outcomes: ReadonlyMap<string, BatchOutcome<unknown>>,
): Promise<void> {
  const stored = [...outcomes].flatMap(([key, outcome]) => {
    const lasting = remember(outcome)
    return lasting === null ? [] : [{ key, lasting }]
  })
  await executor.run({
    name: 'store-outcomes',
    text: `UPDATE idempotency i SET outcome = s.outcome::json FROM unnest($2::text[], $3::text[]) AS s (key, outcome)
      WHERE i.workspace_id = $1 AND i.idempotency_key = ANY ($2::text[]) AND i.idempotency_key = s.key`,
    values: [workspaceId, stored.map(({ key }) => key), stored.map(({ lasting }) => JSON.stringify(lasting))],
  })
}

/** Forgets answers older than `maxAgeHours`, a bounded number at a time; returns how many. */
export async function forgetOldKeys(executor: Executor, workspaceId: number, maxAgeHours: number): Promise<number> {
  const rows = await executor.run({
    text: `DELETE FROM idempotency WHERE workspace_id = $1 AND idempotency_key IN (
        SELECT idempotency_key FROM idempotency
        WHERE workspace_id = $1 AND created_at < now() - make_interval(hours => $2::int)
        ORDER BY created_at LIMIT 5000 FOR UPDATE SKIP LOCKED)
      RETURNING idempotency_key`,
    values: [workspaceId, maxAgeHours],
  })
  return rows.length
}

function insertKeys(workspaceId: number, keys: readonly OnceKey[]): Query<never> {
  return {
    name: 'claim-keys',
    text: `INSERT INTO idempotency (workspace_id, idempotency_key, fingerprint)
      SELECT $1, k.key, k.fingerprint FROM unnest($2::text[], $3::text[]) AS k (key, fingerprint)
      ORDER BY k.key ON CONFLICT DO NOTHING`,
    values: [workspaceId, keys.map(({ key }) => key), keys.map(({ fingerprint }) => fingerprint)],
  }
}

/** A claim made in this transaction has no outcome yet; one made by another has. */
function listClaims(workspaceId: number, keys: readonly OnceKey[]): Query<Claim> {
  return {
    name: 'list-claims',
    text: `SELECT idempotency_key AS key, fingerprint, outcome FROM idempotency
      WHERE workspace_id = $1 AND idempotency_key = ANY ($2::text[])`,
    values: [workspaceId, keys.map(({ key }) => key)],
  }
}

function remember(outcome: BatchOutcome<unknown>): StoredOutcome | null {
  if (outcome.ok) return { value: outcome.value }
  if (!(outcome.error instanceof AppError)) return null
  const { kind, code, message } = outcome.error
  return { refusal: { kind, code, message } }
}

function recall(stored: StoredOutcome): BatchOutcome<never> {
  if ('value' in stored) return { ok: true, value: stored.value as never }
  const { kind, code, message } = stored.refusal
  return { ok: false, error: new AppError(kind, code, message) }
}

function keyReused(key: string): AppError {
  return new AppError(
    'conflict',
    'IDEMPOTENCY_KEY_REUSED',
    `Idempotency-Key "${key}" came before with another request; use a new key for a new request.`,
  )
}
