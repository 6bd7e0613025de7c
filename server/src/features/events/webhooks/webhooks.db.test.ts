import { afterAll, describe, expect, test } from 'bun:test'
import { AnswerCache } from '../../../infra/cache/answer-cache.ts'
import { openDatabase } from '../../../infra/db/database.ts'
import { aPullRequest, aTeam, ids } from '../../../testing/builders.ts'
import { freshDatabase } from '../../../testing/database.ts'
import { startEndpoint, type Received } from '../../../testing/endpoint.ts'
import { startServer } from '../../../testing/server.ts'
import type { RetryPolicy } from '../domain/webhook.ts'
import { createEvents } from '../events.ts'
import { signedHeaders } from './signature.ts'
import { createTeller, type Teller } from './tell-webhooks.ts'

const database = await freshDatabase()
const client = startServer(database, { WEBHOOK_ALLOW_PRIVATE: 'true', WEBHOOK_EVERY_MS: '0' })
const options = { poolSize: 8, connectTimeoutMs: 5000, statementTimeoutMs: 10_000, onError: () => undefined }
const db = openDatabase({ url: database.url, ...options })
afterAll(() => db.close())

const hasty: RetryPolicy = { firstPauseMs: 1, longestPauseMs: 1, giveUpAfterMs: 3_600_000 }

/** What a process does for webhooks, once for each call. */
function aTeller(retry = hasty, allowPrivate = true): Teller {
  const answers = new AnswerCache({ maxBytes: 0, maxAgeMs: 1, isCurrent: () => false, publish: () => undefined })
  const events = createEvents({ db, workspaceId: 1, answers } as unknown as Parameters<typeof createEvents>[0])
  const outside = { allowPrivate, timeoutMs: 2000, signal: new AbortController().signal }
  const teller = createTeller(events, { ...outside, retry, onFailure: () => undefined })
  afterAll(teller.idle)
  return teller
}

async function tellUntil(isDone: () => boolean | Promise<boolean>, ...tellers: Teller[]): Promise<void> {
  const all = tellers.length === 0 ? [aTeller()] : tellers
  for (let left = 2000; !(await isDone()); left--) {
    if (left === 0) throw new Error('It did not come to that')
    await Promise.all(all.map((teller) => teller.begin()))
    await Bun.sleep(5)
  }
}

async function add(shape: object): Promise<{ id: string; secret: string }> {
  const { status, body } = await client.post('/webhook/add', shape)
  expect(status).toBe(201)
  return { id: body.webhook.webhook_id, secret: body.secret }
}

async function find(id: string): Promise<any> {
  const { body } = await client.get('/webhook/list', { limit: '500' })
  return body.webhooks.find((webhook: any) => webhook.webhook_id === id)
}

async function deliveries(id: string): Promise<any[]> {
  const { body } = await client.get('/webhook/deliveries', { webhook_id: id, limit: '500' })
  return body.deliveries
}

function create(id: string, author: string) {
  return client.post('/pullRequest/create', aPullRequest({ id, author }))
}

async function listed(query: Record<string, string>): Promise<any[]> {
  return (await client.get('/event/list', { limit: '500', ...query })).body.events
}

async function aFreshTeam(name: string): Promise<string> {
  await aTeam(client, { name, members: ids(`${name}-`, 4) })
  return `${name}-1`
}

function isSignedBy(secret: string, { headers, text }: Received): boolean {
  const id = headers.get('webhook-id')!
  const wanted = signedHeaders([secret], id, Number(headers.get('webhook-timestamp')), text)['webhook-signature']
  return headers.get('webhook-signature')!.split(' ').includes(wanted)
}

describe('a webhook', () => {
  test('is told of what happens from then on, signed, in order', async () => {
    const author = await aFreshTeam('plain')
    await create('before', author)
    const endpoint = startEndpoint()
    const { secret } = await add({ url: endpoint.url, team_name: 'plain' })
    for (const id of ids('plain-pr', 5)) await create(id, author)
    await tellUntil(() => endpoint.taken.length === 15)

    const wanted = (await listed({ team_name: 'plain' })).slice(-15)
    expect(endpoint.taken.map(({ body }) => body)).toEqual(wanted)
    expect(wanted).toHaveLength(15)
    for (const each of endpoint.taken) {
      expect(isSignedBy(secret, each)).toBeTrue()
      expect(isSignedBy('whsec_AAAA', each)).toBeFalse()
      expect(each.headers.get('webhook-id')).toBe(each.body.id)
      expect(each.headers.get('content-type')).toBe('application/cloudevents+json')
    }
  })

  test('that fails 20 times gets every event in the end, in order', async () => {
    const author = await aFreshTeam('stubborn')
    const endpoint = startEndpoint()
    const { id } = await add({
      url: endpoint.url,
      team_name: 'stubborn',
      types: ['reviewer.assigned', 'pullRequest.opened'],
    })
    let failures = 0
    endpoint.answerWith(() => (failures++ < 20 ? 500 : 200))
    for (const name of ids('stubborn-pr', 10)) await create(name, author)
    await tellUntil(() => endpoint.taken.length === 30)

    expect(endpoint.taken.map(({ body }) => body)).toEqual((await listed({ team_name: 'stubborn' })).slice(-30))
    expect(new Set(endpoint.received.slice(0, 21).map(({ body }) => body.id)).size).toBe(1)
    const attempts = (await deliveries(id)).toReversed()
    expect(attempts.slice(0, 22).map(({ attempt }) => attempt)).toEqual([
      ...Array.from({ length: 21 }, (_, n) => n + 1),
      1,
    ])
    expect(attempts[0]).toMatchObject({ http_status: 500, problem: 'it answers with status 500' })
    expect(await find(id)).toMatchObject({ status: 'ACTIVE', failures: 0, failing_since: null, problem: null })
  })

  test('with a batch size is told of so many together, signed, in order; what it does not take comes again', async () => {
    const author = await aFreshTeam('batches')
    const endpoint = startEndpoint()
    const { id, secret } = await add({ url: endpoint.url, team_name: 'batches', batch_size: 4 })
    endpoint.answerWith(() => (endpoint.received.length <= 3 ? 500 : 200))
    for (const name of ids('batches-pr', 5)) await create(name, author)
    await tellUntil(() => endpoint.taken.flatMap(({ body }) => body).length === 15)

    expect(endpoint.taken.flatMap(({ body }) => body)).toEqual((await listed({ team_name: 'batches' })).slice(-15))
    expect(endpoint.taken.map(({ body }) => body.length)).toEqual([4, 4, 4, 3])
    for (const each of endpoint.taken) {
      expect(isSignedBy(secret, each)).toBeTrue()
      expect(each.headers.get('webhook-id')).toBe(`${each.body[0].id}-${each.body.at(-1).id}`)
      expect(each.headers.get('content-type')).toBe('application/cloudevents-batch+json')
    }
    const made = (await deliveries(id)).toReversed()
    expect(made.map((each) => [each.http_status, each.event_count, each.attempt])).toEqual([
      ...[1, 2, 3].map((attempt) => [500, 4, attempt]),
      [200, 4, 4],
      ...[4, 4, 3].map((count) => [200, count, 1]),
    ])
    expect(made.at(-1)).toMatchObject({
      event_id: endpoint.taken.at(-1)!.body[0].id,
      type: endpoint.taken.at(-1)!.body[0].type,
    })

    const { body } = endpoint.taken[1]!
    await client.post('/webhook/redeliver', { webhook_id: id, event_id: body[2].id })
    expect(endpoint.taken.at(-1)!.body).toEqual([body[2]])
    expect(await find(id)).toMatchObject({ batch_size: 4, failures: 0 })
  })

  test('is told once by many processes, and one that hangs holds up no other', async () => {
    const author = await aFreshTeam('many')
    const [quick, hanging] = [startEndpoint(), startEndpoint()]
    hanging.answerWith(async () => {
      await Bun.sleep(3000)
      return 200
    })
    await add({ url: hanging.url, team_name: 'many' })
    await add({ url: quick.url, team_name: 'many' })
    for (const name of ids('many-pr', 10)) await create(name, author)
    await tellUntil(() => quick.taken.length >= 30, aTeller(), aTeller(), aTeller())

    expect(quick.taken.map(({ body }) => body.id)).toEqual(
      (await listed({ team_name: 'many' })).slice(-30).map(({ id }) => id),
    )
    expect(hanging.taken).toEqual([])
  })

  test('is disabled when it has failed for too long or says it is gone, and goes on where it stopped once enabled', async () => {
    const author = await aFreshTeam('tired')
    const endpoint = startEndpoint()
    const { id } = await add({ url: endpoint.url, team_name: 'tired', types: ['pullRequest.opened'] })
    endpoint.answerWith(() => 503)
    for (const name of ids('tired-pr', 3)) await create(name, author)
    await tellUntil(async () => (await find(id)).status === 'DISABLED', aTeller({ ...hasty, giveUpAfterMs: 20 }))
    const disabled = await find(id)
    const tries = endpoint.received.length
    const another = aTeller()
    await another.begin()
    await another.idle()
    expect(disabled).toMatchObject({ status: 'DISABLED', problem: 'it answers with status 503' })
    expect(endpoint.received).toHaveLength(tries)
    expect((await listed({ subject: id })).map(({ type }) => type)).toEqual(['webhook.added', 'webhook.disabled'])

    endpoint.answerWith(() => 200)
    expect((await client.post('/webhook/enable', { webhook_id: id })).body.webhook.status).toBe('ACTIVE')
    await tellUntil(() => endpoint.taken.length === 3)
    expect(endpoint.taken.map(({ body }) => body.subject)).toEqual(ids('tired-pr', 3))

    endpoint.answerWith(() => 410)
    await create('tired-last', author)
    await tellUntil(async () => (await find(id)).status === 'DISABLED')
    expect(endpoint.received).toHaveLength(tries + 4)
  })

  test('on this machine is not told unless that is allowed, and a redirect counts as a failure', async () => {
    const author = await aFreshTeam('local')
    const endpoint = startEndpoint()
    endpoint.answerWith(() => 302)
    const { id } = await add({ url: endpoint.url, team_name: 'local' })
    await create('local-pr', author)
    await tellUntil(async () => (await find(id)).failures > 0, aTeller(hasty, false))
    expect(endpoint.received).toEqual([])
    expect((await find(id)).problem).toBe('it is not on the open internet, and others are not read here')
    await tellUntil(async () => (await deliveries(id))[0].http_status !== null)

    expect((await deliveries(id))[0]).toMatchObject({ http_status: 302, problem: 'it answers with status 302' })
    expect(new Set(endpoint.received.map(({ path }) => path))).toEqual(new Set(['/']))
  })
})

describe('the secret', () => {
  test('can be changed: for a day both sign, then the new one alone', async () => {
    const author = await aFreshTeam('secret')
    const endpoint = startEndpoint()
    const { id, secret: old } = await add({ url: endpoint.url, team_name: 'secret', types: ['pullRequest.opened'] })
    const { body } = await client.post('/webhook/rotateSecret', { webhook_id: id })
    await create('secret-1', author)
    await tellUntil(() => endpoint.taken.length === 1)
    await database.sql(`UPDATE webhook SET old_secret_until = now() - interval '1 second' WHERE webhook_id = $1`, [id])
    await create('secret-2', author)
    await tellUntil(() => endpoint.taken.length === 2)
    const [first, second] = endpoint.taken

    expect(body.secret).not.toBe(old)
    expect([isSignedBy(old, first!), isSignedBy(body.secret, first!)]).toEqual([true, true])
    expect([isSignedBy(old, second!), isSignedBy(body.secret, second!)]).toEqual([false, true])
  })

  test('is never shown again', async () => {
    const { id, secret } = await add({ url: 'https://hook.example/' })
    const list = await client.get('/webhook/list')
    const removed = await client.post('/webhook/remove', { webhook_id: id })

    expect(JSON.stringify([list.body, removed.body])).not.toContain(secret)
    expect(await find(id)).toBeUndefined()
    expect(JSON.stringify(await listed({ subject: id }))).not.toContain(secret)
  })
})

describe('redelivery', () => {
  test('tells one event once more, whatever became of it, and says how it went', async () => {
    const author = await aFreshTeam('again')
    const endpoint = startEndpoint()
    const { id } = await add({ url: endpoint.url, team_name: 'again' })
    await create('again-1', author)
    await tellUntil(() => endpoint.taken.length === 3)
    const { body: event } = endpoint.taken[1]!
    const { status, body } = await client.post('/webhook/redeliver', { webhook_id: id, event_id: event.id })

    expect(status).toBe(200)
    expect(body.delivery).toMatchObject({ event_id: event.id, is_redelivery: true, http_status: 200, problem: null })
    expect(endpoint.taken.at(-1)!.body).toEqual(event)
    expect((await deliveries(id))[0]).toEqual(body.delivery)
  })

  test('with a key tells it once however often it is asked for, and gives the first answer', async () => {
    const author = await aFreshTeam('once')
    const endpoint = startEndpoint()
    const { id } = await add({ url: endpoint.url, team_name: 'once', types: ['pullRequest.opened'] })
    await create('once-1', author)
    await tellUntil(() => endpoint.taken.length === 1)
    const shape = { webhook_id: id, event_id: endpoint.taken[0]!.body.id }
    const ask = (key: string, body: object = shape) =>
      client.post('/webhook/redeliver', body, { 'Idempotency-Key': key })
    endpoint.answerWith(() => 500)
    const first = await ask('redeliver-once')
    endpoint.answerWith(() => 200)
    const second = await ask('redeliver-once')
    const reused = await ask('redeliver-once', { ...shape, event_id: '4.1' })
    const unknown = await ask('redeliver-none', { ...shape, event_id: '4.1' })
    const unknownAgain = await ask('redeliver-none', { ...shape, event_id: '4.1' })

    expect(first.body.delivery).toMatchObject({ http_status: 500, is_redelivery: true })
    expect([second.status, second.body]).toEqual([200, first.body])
    expect([reused.status, reused.body.error.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
    expect([unknown.status, unknownAgain.body]).toEqual([404, unknown.body])
    expect(endpoint.received).toHaveLength(2)
    expect(await deliveries(id)).toHaveLength(2)
  })

  test('with a key has one answer and one delivery, however many ask at once', async () => {
    const author = await aFreshTeam('crowd')
    const endpoint = startEndpoint()
    const { id } = await add({ url: endpoint.url, team_name: 'crowd', types: ['pullRequest.opened'] })
    await create('crowd-1', author)
    await tellUntil(() => endpoint.taken.length === 1)
    const shape = { webhook_id: id, event_id: endpoint.taken[0]!.body.id }
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => client.post('/webhook/redeliver', shape, { 'Idempotency-Key': 'crowd' })),
    )

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(await deliveries(id)).toHaveLength(2)
  })

  test('refuses a webhook and an event there is none of', async () => {
    const { id } = await add({ url: 'https://hook.example/' })
    const ask = (webhookId: string, eventId: string) =>
      client.post('/webhook/redeliver', { webhook_id: webhookId, event_id: eventId })

    expect((await ask('none', '4.1')).status).toBe(404)
    expect((await ask(id, '4.1')).status).toBe(404)
    expect((await ask(id, 'x')).status).toBe(404)
  })
})

test('an id is one webhook’s only, and what is no URL of http is refused', async () => {
  await add({ webhook_id: 'mine', url: 'https://hook.example/' })
  const again = await client.post('/webhook/add', { webhook_id: 'mine', url: 'https://hook.example/' })
  const wrong = await Promise.all(
    ['ftp://hook.example/', 'hook', 'https://user:secret@hook.example/'].map((url) =>
      client.post('/webhook/add', { url }),
    ),
  )

  expect([again.status, again.body.error.code]).toEqual([409, 'WEBHOOK_EXISTS'])
  expect(wrong.map(({ status }) => status)).toEqual([400, 400, 400])
})
