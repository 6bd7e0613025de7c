import type { Executor, Query } from '../../../infra/db/database.ts'
import type { Webhook } from '../domain/webhook.ts'

const COLUMNS = `webhook_id AS "webhookId", url, types, team_name AS "teamName", batch_size AS "batchSize", status,
  failures, failing_since AS "failingSince", problem, next_attempt_at AS "nextAttemptAt", added_at AS "addedAt"`

export type NewWebhook = Pick<Webhook, 'webhookId' | 'url' | 'types' | 'teamName' | 'batchSize'> & {
  secret: string
  actor: string
  /** It is told of events after this one. */
  sequence: number
}

/** Answers with nothing where the id is taken. */
export function insertWebhook(workspaceId: number, webhook: NewWebhook): Query<Webhook> {
  return {
    name: 'insert-webhook',
    text: `INSERT INTO webhook (workspace_id, webhook_id, url, types, team_name, batch_size, secret, actor, sequence)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    values: [
      workspaceId,
      webhook.webhookId,
      webhook.url,
      webhook.types,
      webhook.teamName,
      webhook.batchSize,
      webhook.secret,
      webhook.actor,
      webhook.sequence,
    ],
  }
}

export function deleteWebhook(workspaceId: number, webhookId: string): Query<Webhook> {
  return {
    name: 'delete-webhook',
    text: `DELETE FROM webhook WHERE workspace_id = $1 AND webhook_id = $2 RETURNING ${COLUMNS}`,
    values: [workspaceId, webhookId],
  }
}

/** The old secret signs too for so many hours. */
export function updateSecret(workspaceId: number, webhookId: string, secret: string, hours: number): Query<Webhook> {
  return {
    name: 'update-webhook-secret',
    text: `UPDATE webhook SET old_secret = secret, old_secret_until = now() + $4 * interval '1 hour', secret = $3
      WHERE workspace_id = $1 AND webhook_id = $2 RETURNING ${COLUMNS}`,
    values: [workspaceId, webhookId, secret, hours],
  }
}

/** From where it stopped, at once. */
export function enableWebhook(workspaceId: number, webhookId: string): Query<Webhook> {
  return {
    name: 'enable-webhook',
    text: `UPDATE webhook SET status = 'ACTIVE', failures = 0, failing_since = NULL, problem = NULL, next_attempt_at = now()
      WHERE workspace_id = $1 AND webhook_id = $2 RETURNING ${COLUMNS}`,
    values: [workspaceId, webhookId],
  }
}

export async function countWebhooks(executor: Executor, workspaceId: number): Promise<number> {
  const [row] = await executor.run<{ n: number }>({
    name: 'count-webhooks',
    text: 'SELECT count(*) AS n FROM webhook WHERE workspace_id = $1',
    values: [workspaceId],
  })
  return row!.n
}

export async function listWebhooks(
  executor: Executor,
  workspaceId: number,
  page: { after: string | null; limit: number },
): Promise<Webhook[]> {
  return executor.run<Webhook>({
    name: 'list-webhooks',
    text: `SELECT ${COLUMNS} FROM webhook WHERE workspace_id = $1 AND webhook_id > coalesce($2, '')
      ORDER BY webhook_id LIMIT $3`,
    values: [workspaceId, page.after, page.limit],
  })
}

/** What is needed to tell an endpoint of events. */
export type Endpoint = Webhook & { secrets: string[]; sequence: number }

const ENDPOINT = `${COLUMNS}, sequence,
  array_remove(ARRAY[secret, CASE WHEN old_secret_until > now() THEN old_secret END], NULL) AS secrets`

export async function findEndpoint(
  executor: Executor,
  workspaceId: number,
  webhookId: string,
): Promise<Endpoint | undefined> {
  const [endpoint] = await executor.run<Endpoint>({
    name: 'find-endpoint',
    text: `SELECT ${ENDPOINT} FROM webhook WHERE workspace_id = $1 AND webhook_id = $2`,
    values: [workspaceId, webhookId],
  })
  return endpoint
}

/** Takes those who have events up to this number to be told of, for so long; whoever else asks meanwhile gets others. */
export function claimEndpoints(
  workspaceId: number,
  { upTo, limit, leaseMs }: { upTo: number; limit: number; leaseMs: number },
): Query<Endpoint> {
  return {
    name: 'claim-endpoints',
    text: `UPDATE webhook SET leased_until = now() + $4 * interval '1 ms'
      WHERE workspace_id = $1 AND webhook_id = ANY (ARRAY(
        SELECT webhook_id FROM webhook
        WHERE workspace_id = $1 AND status = 'ACTIVE' AND next_attempt_at <= now() AND leased_until <= now() AND sequence < $2
        ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
      ))
      RETURNING ${ENDPOINT}`,
    values: [workspaceId, upTo, limit, leaseMs],
  }
}

/** It was told of everything up to this number, and is told further for so long; answers with nothing when it may not be any more. */
export function noteTold(
  workspaceId: number,
  webhookId: string,
  { sequence, leaseMs }: { sequence: number; leaseMs: number },
): Query<{ webhook_id: string }> {
  return {
    name: 'note-told',
    text: `UPDATE webhook SET sequence = greatest(sequence, $3), failures = 0, failing_since = NULL, problem = NULL,
        next_attempt_at = now(), leased_until = now() + $4 * interval '1 ms'
      WHERE workspace_id = $1 AND webhook_id = $2 AND status = 'ACTIVE' RETURNING webhook_id`,
    values: [workspaceId, webhookId, sequence, leaseMs],
  }
}

/** Others may tell it at once. */
export function releaseEndpoint(workspaceId: number, webhookId: string): Query<never> {
  return {
    name: 'release-endpoint',
    text: `UPDATE webhook SET leased_until = '-infinity' WHERE workspace_id = $1 AND webhook_id = $2`,
    values: [workspaceId, webhookId],
  }
}

/** It did not take an event: disabled where it has failed for too long or never wants to be told again. */
export function noteFailure(
  workspaceId: number,
  webhookId: string,
  failure: { problem: string; pauseMs: number; giveUpAfterMs: number; isGone: boolean },
): Query<{ status: string }> {
  return {
    name: 'note-failure',
    text: `UPDATE webhook SET failures = failures + 1, failing_since = coalesce(failing_since, now()), problem = $3,
        next_attempt_at = now() + $4 * interval '1 ms', leased_until = '-infinity',
        status = CASE WHEN $6 OR coalesce(failing_since, now()) <= now() - $5 * interval '1 ms' THEN 'DISABLED' ELSE status END
      WHERE workspace_id = $1 AND webhook_id = $2 AND status = 'ACTIVE' RETURNING status`,
    values: [workspaceId, webhookId, failure.problem, failure.pauseMs, failure.giveUpAfterMs, failure.isGone],
  }
}
