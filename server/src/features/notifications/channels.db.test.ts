import { beforeEach, describe, expect, test } from 'bun:test'
import { aPullRequest, aTeam, ids } from '../../testing/builders.ts'
import { freshDatabase } from '../../testing/database.ts'
import { startEndpoint } from '../../testing/endpoint.ts'
import { notifyingOn } from '../../testing/notifying.ts'
import { startServer } from '../../testing/server.ts'
import { signedHeaders } from '../events/index.ts'

const TOKEN = '123456:ABC-DEF1234ghIkl'
const database = await freshDatabase()
const telegram = startEndpoint()
const client = startServer(database, {
  NOTIFICATION_ALLOW_PRIVATE: 'true',
  TELEGRAM_BOT_TOKEN: TOKEN,
  TELEGRAM_API_URL: telegram.url,
})
const notifying = notifyingOn(database, { telegram: { token: TOKEN, apiUrl: telegram.url } })
const guarded = notifyingOn(database, { allowPrivate: false })
await notifying.follow()

beforeEach(() => {
  telegram.received.length = 0
  telegram.answerWith(() => 200)
})

function setPreferences(userId: string, change: object) {
  return client.post('/notification/setPreferences', { user_id: userId, ...change })
}

/** A team of two, whose second member is told of reviews by this channel. */
async function aReviewer(team: string, channel: object): Promise<{ author: string; reviewer: string; secret: string }> {
  const [author, reviewer] = ids(`${team}-`, 2) as [string, string]
  await aTeam(client, { name: team, members: [author, reviewer] })
  const { status, body } = await setPreferences(reviewer, { channels: [channel] })
  expect(status).toBe(200)
  return { author, reviewer, secret: body.webhook_secret }
}

async function create(id: string, author: string, name = `Change ${id}`): Promise<void> {
  const url = 'https://git.example.com/pull/1'
  await client.post('/pullRequest/create', { ...aPullRequest({ id, author }), pull_request_name: name, url })
}

async function statusesOf(userId: string): Promise<unknown[]> {
  const { body } = await client.get('/notification/list', { user_id: userId })
  return body.notifications.map(({ status, problem }: any) => [status, problem])
}

const nasty = '<!channel> @all *x* [y](z) & <b>'

describe.each([
  ['slack', ['<!', '@all', '*x*', '<b>']],
  ['mattermost', ['@all', '*x*', '[y](z)', ' <b>']],
])('by %s', (kind, harms) => {
  test('a message comes with its link, and nobody is called by the name of a pull request', async () => {
    const endpoint = startEndpoint()
    const { author } = await aReviewer(`${kind}-plain`, { kind, address: `${endpoint.url}services/T0/secret` })
    await create(`${kind}-pr`, author, nasty)
    await notifying.tell()

    const [{ body, path }] = endpoint.taken as [any]
    expect(path).toBe('/services/T0/secret')
    expect(body.text).toStartWith('Please review ')
    expect(body.text).toContain('https://git.example.com/pull/1')
    for (const harm of harms) expect([harm, body.text.includes(harm)]).toEqual([harm, false])
  })

  test('what the endpoint refuses for good is not sent again', async () => {
    const endpoint = startEndpoint()
    endpoint.answerWith(() => 404)
    const { author, reviewer } = await aReviewer(`${kind}-gone`, { kind, address: endpoint.url })
    await create(`${kind}-gone-pr`, author)
    await notifying.tell()
    await notifying.sendAll()

    expect(endpoint.received).toHaveLength(1)
    expect(await statusesOf(reviewer)).toEqual([['failed', 'it answers with status 404']])
  })

  test('what it cannot take now is sent again', async () => {
    const endpoint = startEndpoint()
    let failures = 1
    endpoint.answerWith(() => (failures-- > 0 ? 500 : 200))
    const { author, reviewer } = await aReviewer(`${kind}-again`, { kind, address: endpoint.url })
    await create(`${kind}-again-pr`, author)
    const [first] = await notifying.tell()
    expect(first).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('status 500') } })
    await notifying.sendAll()

    expect(await statusesOf(reviewer)).toEqual([['sent', null]])
  })

  test('an address on this machine is not told unless a setting allows it', async () => {
    const endpoint = startEndpoint()
    const { author, reviewer } = await aReviewer(`${kind}-private`, { kind, address: endpoint.url })
    await create(`${kind}-private-pr`, author)
    await guarded.tell()

    expect(endpoint.received).toEqual([])
    expect(await statusesOf(reviewer)).toEqual([['failed', expect.stringContaining('not on the open internet')]])
  })
})

test.each([
  ['seconds', '7200', 120],
  ['a date', new Date(Date.now() + 3_600_000).toUTCString(), 60],
])('an endpoint that asks for a pause in %s gets it', async (as, retryAfter, minutes) => {
  const endpoint = startEndpoint()
  endpoint.answerWith(() => ({ status: 429, headers: { 'Retry-After': retryAfter } }))
  const { author, reviewer } = await aReviewer(`pause-${minutes}`, { kind: 'slack', address: endpoint.url })
  await create(`pause-pr-${as}`, author)
  const ended = await notifying.tell()

  expect(ended.map(({ status }) => status)).toEqual(['fulfilled'])
  expect(await notifying.dueInMinutes()).toEqual([minutes])
  endpoint.answerWith(() => 200)
  await notifying.sendAll()
  expect(await statusesOf(reviewer)).toEqual([['sent', null]])
  expect(endpoint.taken).toHaveLength(1)
})

describe('by Telegram', () => {
  test('a message goes to the chat, escaped', async () => {
    const { author } = await aReviewer('tg', { kind: 'telegram', address: '-100123' })
    await create('tg-pr', author, nasty)
    await notifying.tell()

    const [{ body, path }] = telegram.taken as [any]
    expect(path).toBe(`/bot${TOKEN}/sendMessage`)
    expect(body).toMatchObject({ chat_id: '-100123', parse_mode: 'HTML' })
    expect(body.text).toContain(
      '<a href="https://git.example.com/pull/1">&lt;!channel&gt; @all *x* [y](z) &amp; &lt;b&gt;</a>',
    )
  })

  test('a digest of hundreds fits into one message', async () => {
    const { author } = await aReviewer('tg-long', { kind: 'telegram', address: '777' })
    for (const id of ids('tg-long-pr', 60)) await create(id, author, '&'.repeat(200))
    await notifying.tell()

    const taken = telegram.taken.filter(({ body }) => body.chat_id === '777')
    expect(taken).toHaveLength(1)
    expect(taken[0]!.body.text.length).toBeLessThanOrEqual(4096)
    expect(taken[0]!.body.text).toMatch(/And \d+ more\./)
  })

  test('the pause it asks for in its answer is kept', async () => {
    telegram.answerWith(() => ({ status: 429, body: { ok: false, parameters: { retry_after: 600 } } }))
    const { author, reviewer } = await aReviewer('tg-pause', { kind: 'telegram', address: '1' })
    await create('tg-pause-pr', author)
    await notifying.tell()

    expect(await notifying.dueInMinutes()).toEqual([10])
    telegram.answerWith(() => ({ status: 403, body: { ok: false, description: 'bot was blocked by the user' } }))
    await notifying.sendAll()
    expect(await statusesOf(reviewer)).toEqual([['failed', 'it answers with status 403']])
  })
})

describe('by a webhook', () => {
  test('a message is JSON, signed, and has the same id when it is sent again', async () => {
    const endpoint = startEndpoint()
    const { author, reviewer, secret } = await aReviewer('hook', { kind: 'webhook', address: endpoint.url })
    expect(secret).toStartWith('whsec_')
    let failures = 1
    endpoint.answerWith(() => (failures-- > 0 ? 503 : 200))
    await create('hook-pr', author, nasty)
    await notifying.tell()
    await notifying.sendAll()

    const [first, second] = endpoint.received as [any, any]
    expect(second.headers.get('webhook-id')).toBe(first.headers.get('webhook-id'))
    const id = second.headers.get('webhook-id')
    const signed = signedHeaders([secret], id, Number(second.headers.get('webhook-timestamp')), second.text)
    expect(second.headers.get('webhook-signature')).toBe(signed['webhook-signature'])
    expect(second.body).toMatchObject({
      id,
      type: 'notification',
      user_id: reviewer,
      language: 'en',
      items: [{ kind: 'assigned', pull_request_id: 'hook-pr', pull_request_name: nasty }],
    })
    expect(second.body.items[0].links[0].url).toStartWith('https://tandem.example/link?token=')
  })
})

describe('a team', () => {
  test('is told in its own channel and language who reviews and what is merged, where it wants to be', async () => {
    const endpoint = startEndpoint()
    const members = ids('chan-', 2)
    await aTeam(client, { name: 'chan', members })
    const change = {
      team_name: 'chan',
      channels: [{ kind: 'mattermost', address: endpoint.url }],
      language: 'ru',
      kinds: ['reviewers-changed', 'merged'],
    }
    expect((await client.post('/notification/setTeamPreferences', change)).status).toBe(200)
    await create('chan-pr', members[0]!)
    await notifying.tell()
    await client.post('/pullRequest/merge', { pull_request_id: 'chan-pr' })
    await notifying.tell()

    expect(endpoint.taken.map(({ body }) => body.text.split('\n')[0].replaceAll(/[\u200b\\]/g, ''))).toEqual([
      '[Change chan-pr](https://git.example.com/pull/1) (автор: Name of chan-1): ревьюер — Name of chan-2.',
      '[Change chan-pr](https://git.example.com/pull/1) (автор: Name of chan-1): изменения влиты. Делать больше ничего не нужно.',
    ])
    expect((await client.get('/notification/list', { team_name: 'chan' })).body.notifications).toHaveLength(2)
  })
})

describe('a test', () => {
  test('is sent at once, and how it goes is answered', async () => {
    const endpoint = startEndpoint()
    const { reviewer } = await aReviewer('try', { kind: 'slack', address: endpoint.url })
    const sendTest = (user_id: string, channel: string) => client.post('/notification/test', { user_id, channel })

    expect((await sendTest(reviewer, 'slack')).body).toEqual({ outcome: 'sent', problem: null })
    expect(endpoint.taken[0]!.body.text).toStartWith('It works')
    endpoint.answerWith(() => 410)
    expect((await sendTest(reviewer, 'slack')).body).toEqual({
      outcome: 'refused',
      problem: 'it answers with status 410',
    })
    expect((await sendTest(reviewer, 'webhook')).status).toBe(404)
    expect((await sendTest('nobody', 'slack')).status).toBe(404)
    expect(await statusesOf(reviewer)).toEqual([])
  })
})

describe('preferences', () => {
  test('are read back as they were set, without the secret part of an address', async () => {
    await aTeam(client, { name: 'prefs', members: ['prefs-1'] })
    const wishes = {
      language: 'ru',
      time_zone: 'Europe/Berlin',
      quiet_hours: { from: '20:00', to: '09:00', weekends: true },
      digest_minutes: 5,
      kinds: ['assigned'],
    }
    await setPreferences('prefs-1', {
      channels: [{ kind: 'slack', address: 'https://hooks.example/T0/s3cret' }],
      ...wishes,
    })
    const { body } = await client.get('/notification/getPreferences', { user_id: 'prefs-1' })

    expect(body).toEqual({
      user_id: 'prefs-1',
      channels: [{ kind: 'slack', address: 'https://hooks.example/…' }],
      ...wishes,
      effective: wishes,
    })
  })

  test('that are absent are those of the team, then the usual ones; nothing is sent', async () => {
    await aTeam(client, { name: 'none', members: ['none-1'] })
    const { body } = await client.get('/notification/getPreferences', { user_id: 'none-1' })

    expect(body).toMatchObject({ channels: [], language: null, kinds: null })
    expect(body.effective).toEqual({
      language: 'en',
      time_zone: 'UTC',
      quiet_hours: null,
      digest_minutes: 1,
      kinds: ['assigned', 'relieved', 'reviewers-changed', 'needs-reviewers', 'reminder', 'replacement-proposed'],
    })
  })

  test('set in parts at once are all set', async () => {
    await aTeam(client, { name: 'parts', members: ['parts-1'] })
    const parts = [{ language: 'ru' }, { digest_minutes: 7 }, { time_zone: 'Asia/Kolkata' }, { kinds: [] }]
    await Promise.all(parts.map((part) => setPreferences('parts-1', part)))
    const { body } = await client.get('/notification/getPreferences', { user_id: 'parts-1' })

    expect(body).toMatchObject({ language: 'ru', digest_minutes: 7, time_zone: 'Asia/Kolkata', kinds: [] })
  })

  test('a channel named without its address stays, with its secret; one left out goes, with what waits for it', async () => {
    const endpoint = startEndpoint()
    const { author, reviewer } = await aReviewer('stay', { kind: 'webhook', address: endpoint.url })
    await create('stay-pr', author)
    await notifying.follow()
    const kept = await setPreferences(reviewer, { channels: [{ kind: 'webhook' }, { kind: 'telegram', address: '1' }] })
    expect([kept.status, kept.body.webhook_secret]).toEqual([200, null])
    await notifying.deps.settled.catchUp(5000)
    await notifying.follow()
    await setPreferences(reviewer, { channels: [{ kind: 'telegram' }] })
    await notifying.tell()

    expect(endpoint.received).toEqual([])
    expect(await statusesOf(reviewer)).toEqual([['dropped', 'the channel was taken away']])
  })

  test.each([
    [{ channels: [{ kind: 'email', address: 'a@b.example' }] }, 409, 'SMTP_URL'],
    [{ channels: [{ kind: 'slack' }] }, 400, 'address'],
    [{ channels: [{ kind: 'slack', address: 'ftp://a.example/' }] }, 400, 'channels[0].address'],
    [{ channels: [{ kind: 'slack', address: 'https://u:p@a.example/' }] }, 400, 'channels[0].address'],
    [{ channels: [{ kind: 'email', address: 'a@b.example, c@d.example' }] }, 400, 'channels[0].address'],
    [{ channels: [{ kind: 'email', address: 'a@b.example\r\nBcc: c@d.example' }] }, 400, 'channels[0].address'],
    [{ channels: [{ kind: 'telegram', address: 'somebody' }] }, 400, 'channels[0].address'],
    [
      {
        channels: [
          { kind: 'telegram', address: '1' },
          { kind: 'telegram', address: '2' },
        ],
      },
      400,
      'channels',
    ],
    [{ time_zone: '+03:00' }, 400, 'time_zone'],
    [{ quiet_hours: { from: '09:00', to: '09:00', weekends: false } }, 400, 'quiet_hours.to'],
    [{ quiet_hours: { from: '09:00', to: null, weekends: false } }, 400, 'quiet_hours.to'],
    [{ quiet_hours: { from: '00:00', to: '24:00', weekends: false } }, 400, 'quiet_hours.to'],
    [{ digest_minutes: 1441 }, 400, 'digest_minutes'],
    [{}, 400, 'channels'],
  ])('%j is refused', async (change, status, names) => {
    await aTeam(client, { name: 'refused', members: ['refused-1'] }).catch(() => undefined)
    const before = (await client.get('/notification/getPreferences', { user_id: 'refused-1' })).body
    const answer = await setPreferences('refused-1', change)

    expect([answer.status, answer.body.error.message]).toEqual([status, expect.stringContaining(names)])
    expect((await client.get('/notification/getPreferences', { user_id: 'refused-1' })).body).toEqual(before)
  })

  test('of a team name a later proposal than reminder', async () => {
    await aTeam(client, { name: 'later', members: [] })
    const set = (nudge: number | null, propose: number | null) =>
      client.post('/notification/setTeamPreferences', {
        team_name: 'later',
        reminders: { nudge_after_hours: nudge, propose_after_hours: propose },
      })

    expect((await set(8, 8)).status).toBe(400)
    expect((await set(8, 9)).body.preferences.reminders).toEqual({ nudge_after_hours: 8, propose_after_hours: 9 })
    expect((await set(null, 1)).status).toBe(200)
  })

  test.each(['/notification/getPreferences?user_id=no', '/notification/getTeamPreferences?team_name=no'])(
    'of whoever is unknown are not found: %s',
    async (path) => {
      const [where, query] = path.split('?') as [string, string]
      expect((await client.get(where, Object.fromEntries(new URLSearchParams(query)))).status).toBe(404)
    },
  )
})
