import { afterAll, describe, expect, test } from 'bun:test'
import { connect, type ConsumeMessage } from 'amqplib'
import { aPullRequest, aTeam, ids } from './testing/builders.ts'
import { startEndpoint } from './testing/endpoint.ts'
import { until } from './testing/jobs.ts'
import { hasRabbit, startRabbit } from './testing/rabbitmq.ts'
import type { ServerProcess } from './testing/server.ts'
import { CALLER, KEPT, tracedServers } from './testing/traced-server.ts'

const { start, end } = tracedServers()
/** Here, because its start takes as long as a test may. */
const rabbit = hasRabbit ? await startRabbit() : null

/** Of what one request was told to be a part of, as it stands in its events. */
function traceIdOf(traceparent: string): string {
  return traceparent.split('-')[1]!
}

async function eventsAbout(server: ServerProcess, subject: string): Promise<any[]> {
  return (await server.get('/event/list', { subject })).body.events
}

/** A trace that nobody else has, kept or not. */
function aTrace(number: number, isKept: boolean): string {
  return `00-${String(number).padStart(32, '0')}-00000000000000ff-0${Number(isKept)}`
}

describe('events', () => {
  test('name the request that made the change, where its trace is kept, whoever shares the batch', async () => {
    const server = await start()
    await aTeam(server, { name: 'payments', members: ids('u', 6) })
    const all = Array.from({ length: 60 }, (_, n) => ({
      id: `pr${n}`,
      traceparent: aTrace(n + 1, n % 3 === 0),
      isKept: n % 3 === 0,
    }))
    const send = (path: string, body: object, traceparent: string) => server.post(path, body, { traceparent })
    await Promise.all(
      all.map(({ id, traceparent }) =>
        send('/pullRequest/create', aPullRequest({ id, author: 'u1' }), traceparent).then(async ({ body }) => {
          const [old_user_id] = body.pr.assigned_reviewers
          await send('/pullRequest/reassign', { pull_request_id: id, old_user_id }, traceparent)
          await send('/pullRequest/merge', { pull_request_id: id }, traceparent)
        }),
      ),
    )

    for (const { id, traceparent, isKept } of all) {
      const events = await eventsAbout(server, id)
      expect(events.map(({ type }) => type)).toEqual([
        'pullRequest.opened',
        'reviewer.assigned',
        'reviewer.assigned',
        'reviewer.replaced',
        'pullRequest.merged',
      ])
      const named = events.map((event) => (event.traceparent === undefined ? null : traceIdOf(event.traceparent)))
      expect(named).toEqual(events.map(() => (isKept ? traceIdOf(traceparent) : null)))
    }
    const spans = await end(server)
    const batches = spans.filter(({ name, links }) => name.startsWith('batch ') && links.length > 1)
    expect(batches).not.toBeEmpty()
  })

  test('name it also where triggers write them, and with an Idempotency-Key', async () => {
    const server = await start()
    const body = { team_name: 'crew', members: [{ user_id: 'c1', username: 'c1', is_active: true }] }
    await server.post('/team/add', body, { traceparent: KEPT, 'Idempotency-Key': 'k' })
    await server.post('/team/setPolicy', { team_name: 'crew', policy: 'random' }, { traceparent: aTrace(7, false) })

    const events = (await server.get('/event/list', { team_name: 'crew' })).body.events
    const spans = await end(server)
    const request = spans.find(({ name }) => name === 'POST /team/add')!
    expect(events.map((event: any) => [event.type, event.traceparent])).toEqual([
      ['team.created', `00-${CALLER.traceId}-${request.spanId}-01`],
      ['member.joined', `00-${CALLER.traceId}-${request.spanId}-01`],
      ['team.policyChanged', undefined],
    ])
  })
})

describe('a trace', () => {
  test('goes on at the endpoint of a webhook', async () => {
    const endpoint = startEndpoint()
    const server = await start({ OTEL_TRACES_SAMPLER_ARG: '0', WEBHOOK_ALLOW_PRIVATE: 'true', WEBHOOK_EVERY_MS: '50' })
    await aTeam(server, { name: 'payments', members: ids('u', 4) })
    await server.post('/webhook/add', { url: endpoint.url, types: ['pullRequest.opened'] })
    const kept = await server.post('/pullRequest/create', aPullRequest({ id: 'pr-1', author: 'u1' }), {
      traceparent: KEPT,
    })
    await server.post('/pullRequest/create', aPullRequest({ id: 'pr-2', author: 'u1' }), {
      traceparent: aTrace(7, false),
    })
    await until(() => endpoint.taken.length === 2)

    const spans = await end(server)
    const request = spans.find(({ name, traceId }) => name.startsWith('POST') && traceId === CALLER.traceId)!
    const telling = spans.filter(({ name }) => name === 'tell a webhook')
    const traceparent = `00-${CALLER.traceId}-${request.spanId}-01`
    expect(kept.status).toBe(201)
    expect(telling).toMatchObject([{ traceId: CALLER.traceId, parentSpanId: request.spanId, kind: 3 }])
    expect(endpoint.taken.map(({ headers, body }) => [headers.get('traceparent'), body.traceparent])).toEqual([
      [traceparent, traceparent],
      [null, undefined],
    ])
  })
})

describe.if(hasRabbit)('a trace', () => {
  test('goes from the request to the headers of the message on RabbitMQ, and has a span of its publishing', async () => {
    const messages: ConsumeMessage[] = []
    const connection = await connect(rabbit!.url)
    afterAll(() => connection.close().catch(() => undefined))
    const channel = await connection.createChannel()
    await channel.assertExchange('tandem.events', 'topic', { durable: true })
    const { queue } = await channel.assertQueue('', { exclusive: true })
    await channel.bindQueue(queue, 'tandem.events', 'pullRequest.opened')
    await channel.consume(queue, (message) => message !== null && messages.push(message), { noAck: true })
    const server = await start({ OTEL_TRACES_SAMPLER_ARG: '0', AMQP_URL: rabbit!.url })
    await aTeam(server, { name: 'payments', members: ids('u', 4) })
    await server.post('/pullRequest/create', aPullRequest({ id: 'pr-1', author: 'u1' }), { traceparent: KEPT })
    await server.post('/pullRequest/create', aPullRequest({ id: 'pr-2', author: 'u1' }), {
      traceparent: aTrace(7, false),
    })
    await until(() => messages.length === 2)

    const spans = await end(server)
    const request = spans.find(({ name, traceId }) => name.startsWith('POST') && traceId === CALLER.traceId)!
    const traceparent = `00-${CALLER.traceId}-${request.spanId}-01`
    expect(messages.map(({ properties }) => properties.headers)).toEqual([{ traceparent }, {}])
    expect(messages.map(({ content }) => JSON.parse(content.toString()).traceparent)).toEqual([traceparent, undefined])
    expect(spans).toContainEqual(
      expect.objectContaining({
        name: 'publish tandem.events',
        traceId: CALLER.traceId,
        parentSpanId: request.spanId,
        kind: 4,
        links: [request.spanId],
        hasFailed: false,
      }),
    )
  })
})
