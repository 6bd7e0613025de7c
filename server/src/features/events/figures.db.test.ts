import { afterAll, expect, test } from 'bun:test'
import { openDatabase } from '../../infra/db/database.ts'
import { createMetrics } from '../../infra/telemetry/metrics.ts'
import { aTeam, ids } from '../../testing/builders.ts'
import { freshDatabase } from '../../testing/database.ts'
import { startEndpoint } from '../../testing/endpoint.ts'
import { until } from '../../testing/jobs.ts'
import { startServer } from '../../testing/server.ts'
import { addEventMetrics } from './figures.ts'
import { updatePosition } from './queries/relays.ts'

const database = await freshDatabase()
const client = startServer(database, { WEBHOOK_ALLOW_PRIVATE: 'true', WEBHOOK_EVERY_MS: '20' })
const options = { poolSize: 2, connectTimeoutMs: 5000, statementTimeoutMs: 10_000, onError: () => undefined }
const db = openDatabase({ url: database.url, ...options })
afterAll(() => db.close())

/** Asked anew; a process would answer with what it heard within the last five seconds. */
async function figures(relays: readonly string[] = ['amqp']): Promise<Record<string, number>> {
  const metrics = createMetrics()
  const live = { count: () => 0 } as Parameters<typeof addEventMetrics>[1]['live']
  addEventMetrics(metrics, { db, workspaceId: 1, live }, relays)
  const all = (await metrics.figures()).flatMap(({ name, values }) =>
    values.map(({ value, labels }) => [[name, ...Object.values(labels)].join(' '), value] as const),
  )
  return Object.fromEntries(all)
}

async function lastSequence(): Promise<number> {
  const [row] = await database.sql<{ last: number }>('SELECT max(sequence)::int AS last FROM event')
  return row!.last
}

test('a relay is behind by the age of the oldest event it has not handed on', async () => {
  await aTeam(client, { name: 'web', members: ids('w', 3) })
  await database.sql(`UPDATE event SET occurred_at = occurred_at - interval '1 hour'
    WHERE sequence = (SELECT min(sequence) FROM event)`)
  const before = await figures()
  const [first] = await database.sql<{ sequence: number }>('SELECT min(sequence)::int AS sequence FROM event')
  await db.run(updatePosition(1, 'amqp', first!.sequence))
  const between = await figures()
  await db.run(updatePosition(1, 'amqp', (await lastSequence()) + 1))
  const after = await figures()

  expect(before['tandem_event_relay_lag_seconds amqp']).toBeWithin(3600, 3700)
  expect(between['tandem_event_relay_lag_seconds amqp']).toBeWithin(0, 100)
  expect(between['tandem_event_relay_lag_seconds amqp']).toBeGreaterThan(0)
  expect(after['tandem_event_relay_lag_seconds amqp']).toBe(0)
  expect(Object.keys(await figures([])).some((name) => name.includes('relay_lag'))).toBeFalse()
})

test('webhooks are behind by the oldest event one was not told of, and are counted by state', async () => {
  expect(await figures()).toMatchObject({
    tandem_webhook_lag_seconds: 0,
    'tandem_webhooks sound': 0,
    'tandem_webhooks failing': 0,
    'tandem_webhooks disabled': 0,
  })
  const [sound, failing, gone] = [startEndpoint(), startEndpoint(), startEndpoint()]
  failing.answerWith(() => 500)
  gone.answerWith(() => 410)
  await client.post('/webhook/add', { webhook_id: 'sound', url: sound.url })
  await client.post('/webhook/add', { webhook_id: 'failing', url: failing.url })
  await client.post('/webhook/add', { webhook_id: 'gone', url: gone.url })
  await aTeam(client, { name: 'api', members: ids('a', 3) })
  await until(async () => {
    const { body } = await client.get('/webhook/list')
    const [one, other] = body.webhooks.filter((webhook: any) => webhook.webhook_id !== 'sound')
    return one.failing_since !== null && other.status === 'DISABLED'
  })
  await until(() => sound.taken.length > 4)
  const behind = await figures()
  await client.post('/webhook/remove', { webhook_id: 'failing' })
  await database.sql(`UPDATE webhook SET sequence = $1 WHERE webhook_id = 'sound'`, [(await lastSequence()) + 1])
  const after = await figures()

  expect(behind).toMatchObject({
    'tandem_webhooks sound': 1,
    'tandem_webhooks failing': 1,
    'tandem_webhooks disabled': 1,
  })
  expect(behind['tandem_webhook_lag_seconds']).toBeGreaterThan(0)
  expect(after).toMatchObject({ tandem_webhook_lag_seconds: 0, 'tandem_webhooks failing': 0 })
})
