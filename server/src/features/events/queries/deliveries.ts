import type { Executor, Query } from '../../../infra/db/database.ts'
import type { Delivery } from '../domain/webhook.ts'

const COLUMNS = `delivery_number AS "deliveryNumber", event_id AS "eventId", type, event_count AS "eventCount", attempt,
  is_redelivery AS "isRedelivery", http_status AS "httpStatus", problem, duration_ms AS "durationMs", attempted_at AS "attemptedAt"`

export type NewDelivery = Omit<Delivery, 'deliveryNumber' | 'attemptedAt'>

/** Notes attempts, where there still is the webhook. */
export function insertDeliveries(
  workspaceId: number,
  webhookId: string,
  deliveries: readonly NewDelivery[],
): Query<never> {
  return {
    name: 'insert-deliveries',
    text: `INSERT INTO webhook_delivery
        (workspace_id, webhook_id, event_id, type, event_count, attempt, is_redelivery, http_status, problem, duration_ms)
      SELECT $1, $2, d.*
      FROM unnest($3::text[], $4::text[], $5::smallint[], $6::int[], $7::boolean[], $8::int[], $9::text[], $10::int[]) AS d
      WHERE EXISTS (SELECT FROM webhook WHERE workspace_id = $1 AND webhook_id = $2 FOR KEY SHARE)`,
    values: [
      workspaceId,
      webhookId,
      deliveries.map(({ eventId }) => eventId),
      deliveries.map(({ type }) => type),
      deliveries.map(({ eventCount }) => eventCount),
      deliveries.map(({ attempt }) => attempt),
      deliveries.map(({ isRedelivery }) => isRedelivery),
      deliveries.map(({ httpStatus }) => httpStatus),
      deliveries.map(({ problem }) => problem),
      deliveries.map(({ durationMs }) => durationMs),
    ],
  }
}

/** `insertDeliveries` of one, which it answers with; nothing where the webhook is gone. */
export function insertDelivery(workspaceId: number, webhookId: string, delivery: NewDelivery): Query<Delivery> {
  const { text, values } = insertDeliveries(workspaceId, webhookId, [delivery])
  return { name: 'insert-delivery', text: `${text} RETURNING ${COLUMNS}`, values }
}

/** Newest first; `before` is the number of the last one seen. */
export async function listDeliveries(
  executor: Executor,
  workspaceId: number,
  webhookId: string,
  page: { before: number | null; limit: number },
): Promise<Delivery[]> {
  return executor.run<Delivery>({
    name: 'list-deliveries',
    text: `SELECT ${COLUMNS} FROM webhook_delivery
      WHERE workspace_id = $1 AND webhook_id = $2 AND delivery_number < coalesce($3, 9223372036854775807)
      ORDER BY delivery_number DESC LIMIT $4`,
    values: [workspaceId, webhookId, page.before, page.limit],
  })
}

/** Forgets attempts that are older than so many days; gives how many. */
export async function forgetOldDeliveries(executor: Executor, workspaceId: number, days: number): Promise<number> {
  const rows = await executor.run<{ event_id: string }>({
    name: 'forget-old-deliveries',
    text: `DELETE FROM webhook_delivery
      WHERE workspace_id = $1 AND attempted_at < now() - $2 * interval '1 day' RETURNING event_id`,
    values: [workspaceId, days],
  })
  return rows.length
}
