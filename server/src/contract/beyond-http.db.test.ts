import { describe, expect, test } from 'bun:test'
import { freshDatabase } from '../testing/database.ts'
import { startServer } from '../testing/server.ts'

const api = startServer(await freshDatabase())

const questions = [
  '/team/get',
  '/team/list',
  '/users/get',
  '/users/list',
  '/users/getReview',
  '/team/getPolicy',
  '/member/get',
  '/absence/list',
  '/pullRequest/get',
  '/pullRequest/list',
  '/history/status',
  '/stats/get',
  '/decision/get',
  '/decision/whyNot',
  '/expertise/status',
  '/owners/get',
  '/simulation/get',
  '/simulation/list',
  '/simulation/compare',
  '/event/list',
  '/event/stream',
  '/webhook/list',
  '/webhook/deliveries',
  '/job/list',
  '/room/get',
  '/room/messages',
  '/notification/getPreferences',
  '/notification/getTeamPreferences',
  '/notification/list',
]
const commands = [
  '/history/import',
  '/team/add',
  '/team/setPolicy',
  '/team/deactivateMembers',
  '/team/undoDeactivation',
  '/users/setIsActive',
  '/member/setLimits',
  '/member/setRamp',
  '/member/setCalendar',
  '/absence/add',
  '/absence/remove',
  '/absence/importCalendar',
  '/pullRequest/create',
  '/pullRequest/merge',
  '/pullRequest/reassign',
  '/pullRequest/update',
  '/pullRequest/assign',
  '/pullRequest/acknowledge',
  '/owners/set',
  '/owners/remove',
  '/owners/check',
  '/simulation/run',
  '/webhook/add',
  '/webhook/remove',
  '/webhook/rotateSecret',
  '/webhook/enable',
  '/webhook/redeliver',
  '/job/retry',
  '/room/send',
  '/notification/setPreferences',
  '/notification/setTeamPreferences',
  '/notification/test',
]
const pages = ['/', '/docs', '/openapi.json', '/healthz', '/readyz']

const JSON_TYPE = { 'Content-Type': 'application/json' }

function send(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${api.url}${path}`, init)
}

async function expectRefusal(response: Response, status: number, code: string): Promise<void> {
  expect(response.status).toBe(status)
  expect(response.headers.get('Content-Type')).toStartWith('application/json')
  expect(await response.json()).toEqual({ error: { code, message: expect.stringMatching(/\S/) } })
}

describe('X-Request-Id', () => {
  test('comes back as it was sent', async () => {
    const response = await send('/team/list', { headers: { 'X-Request-Id': 'my-id/42' } })

    expect(response.headers.get('X-Request-Id')).toBe('my-id/42')
  })

  test('comes back with a refusal too', async () => {
    for (const path of ['/team/get?team_name=no', '/team/get', '/nowhere', '/team/add']) {
      const response = await send(path, { headers: { 'X-Request-Id': 'refused' } })
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.headers.get('X-Request-Id')).toBe('refused')
    }
  })

  test('is made where none came, another for each request', async () => {
    const given = await Promise.all(Array.from({ length: 10 }, () => send('/team/list')))

    const requestIds = given.map((response) => response.headers.get('X-Request-Id'))
    expect(requestIds.filter((id) => id === null || id === '')).toEqual([])
    expect(new Set(requestIds).size).toBe(10)
  })

  test.each(['x'.repeat(129), 'two words', 'latin é'])('is made anew where %p came', async (bad) => {
    const response = await send('/team/list', { headers: { 'X-Request-Id': bad } })

    expect(response.status).toBe(200)
    expect(response.headers.get('X-Request-Id')).not.toBe(bad)
    expect(response.headers.get('X-Request-Id')).toMatch(/^[\x21-\x7e]{1,128}$/)
  })
})

describe('a path that does not exist', () => {
  test.each(['/nowhere', '/team', '/team/get/', '/TEAM/GET', '/team/get/x', '/%ZZ', '/docs/../secret', '/docs/x'])(
    'is not found: %s',
    async (path) => {
      await expectRefusal(await send(path), 404, 'NOT_FOUND')
    },
  )

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('is not found by %s with JSON', async (method) => {
    await expectRefusal(await send('/nowhere', { method, headers: JSON_TYPE, body: '{}' }), 404, 'NOT_FOUND')
  })

  test('is not found by a POST without a body', async () => {
    await expectRefusal(await send('/nowhere', { method: 'POST' }), 404, 'NOT_FOUND')
  })
})

describe('another method', () => {
  test.each(commands.flatMap((path) => ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => [method, path])))(
    '%s %s is refused and told what is allowed',
    async (method, path) => {
      const response = await send(path, { method })

      expect(response.headers.get('Allow')).toBe('POST')
      await expectRefusal(response, 405, 'METHOD_NOT_ALLOWED')
    },
  )

  test.each(
    [...questions, ...pages].flatMap((path) => ['PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => [method, path])),
  )('%s %s is refused and told what is allowed', async (method, path) => {
    const response = await send(path, { method })

    expect(response.headers.get('Allow')).toBe('GET, HEAD')
    await expectRefusal(response, 405, 'METHOD_NOT_ALLOWED')
  })

  test.each(questions)('POST %s with JSON is refused and told what is allowed', async (path) => {
    const response = await send(path, { method: 'POST', headers: JSON_TYPE, body: '{}' })

    expect(response.headers.get('Allow')).toBe('GET, HEAD')
    await expectRefusal(response, 405, 'METHOD_NOT_ALLOWED')
  })

  test.each(['/team/get', '/docs', '/healthz'])('POST %s without a body is refused as such', async (path) => {
    const response = await send(path, { method: 'POST' })

    expect(response.headers.get('Allow')).toBe('GET, HEAD')
    await expectRefusal(response, 405, 'METHOD_NOT_ALLOWED')
  })

  test('HEAD answers a question without its body', async () => {
    const response = await send('/team/list', { method: 'HEAD' })

    expect([response.status, await response.text()]).toEqual([200, ''])
  })
})

describe('a body', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'Application/JSON',
    'application/json ; charset=utf-8',
    'application/json;',
  ])('may come as %s', async (type) => {
    const body = JSON.stringify({ team_name: type, members: [] })

    const response = await send('/team/add', { method: 'POST', headers: { 'Content-Type': type }, body })

    expect([response.status, await response.json()]).toEqual([201, { team: { team_name: type, members: [] } }])
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'])(
    'may not come as %s',
    async (type) => {
      const body = JSON.stringify({ team_name: 'wrong type', members: [] })

      const response = await send('/team/add', { method: 'POST', headers: { 'Content-Type': type }, body })

      await expectRefusal(response, 415, 'UNSUPPORTED_MEDIA_TYPE')
      expect((await api.get('/team/get', { team_name: 'wrong type' })).status).toBe(404)
    },
  )

  test.each(['application/vnd.tandem+json', 'application/vnd.tandem.v2+json'])(
    'may come as %s or be refused, but is no failure of the server',
    async (type) => {
      const body = JSON.stringify({ team_name: type, members: [] })

      const response = await send('/team/add', { method: 'POST', headers: { 'Content-Type': type }, body })

      expect([201, 415]).toContain(response.status)
    },
  )

  test('of exactly 1 MiB is taken', async () => {
    const json = JSON.stringify({ team_name: 'exact', members: [] })

    const response = await send('/team/add', { method: 'POST', headers: JSON_TYPE, body: json.padEnd(1_048_576) })

    expect(response.status).toBe(201)
  })

  test.each([1_048_577, 2_000_000, 6_000_000, 20_000_000])('of %i bytes is too large', async (size) => {
    const json = JSON.stringify({ team_name: 'too large', members: [] })

    const response = await send('/team/add', { method: 'POST', headers: JSON_TYPE, body: json.padEnd(size) })

    await expectRefusal(response, 413, 'BODY_TOO_LARGE')
    expect((await api.get('/team/get', { team_name: 'too large' })).status).toBe(404)
  })
})

describe('for people', () => {
  test('/ is a page for a browser, with links to what is there', async () => {
    const response = await send('/', { headers: { Accept: 'text/html,application/xhtml+xml' } })

    expect(response.headers.get('Content-Type')).toStartWith('text/html')
    const html = await response.text()
    const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, link]) => link!)
    expect(links).toContain('/docs')
    for (const link of links) expect((await send(link)).status).toBe(200)
  })

  test('/ is JSON for a program', async () => {
    const { status, body } = await api.get('/')

    expect(status).toBe(200)
    expect(body).toEqual({
      name: 'Tandem',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      summary: expect.any(String),
      docs: '/docs',
      openapi: '/openapi.json',
    })
  })

  test('/docs loads all it needs from this server', async () => {
    const html = await (await send('/docs')).text()
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, asset]) => asset!)

    expect(assets.length).toBeGreaterThanOrEqual(3)
    for (const asset of assets) {
      const response = await send(asset)
      expect([asset, response.status]).toEqual([asset, 200])
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(50)
    }
  })

  test('/docs and what it loads name no address outside', async () => {
    const texts = await Promise.all(
      ['/docs', '/docs/start.js', '/docs/swagger-ui.css'].map(async (path) => (await send(path)).text()),
    )

    const loading = /(?:src|href|action)\s*=\s*["']?(?:https?:)?\/\/|url\(\s*["']?(?:https?:)?\/\/|@import|https?:\/\//i
    expect(texts.filter((text) => loading.test(text.replaceAll('http://www.w3.org/2000/svg', '')))).toEqual([])
  })

  test('/healthz and /readyz say that all is well', async () => {
    expect((await api.get('/healthz')).body).toEqual({ status: 'ok' })
    expect((await api.get('/readyz')).body).toEqual({ status: 'ready' })
  })
})

describe('/openapi.json', () => {
  test('is OpenAPI 3.1 and describes every operation once', async () => {
    const { status, body } = await api.get('/openapi.json')

    expect(status).toBe(200)
    expect(body.openapi).toMatch(/^3\.1\.\d+$/)
    expect(body.info).toMatchObject({ title: 'Tandem', version: expect.any(String) })
    const described = Object.entries<object>(body.paths).map(([path, item]) => [path, Object.keys(item)])
    const expected = [
      ...questions.map((path) => [path, ['get']] as const),
      ...commands.map((path) => [path, ['post']] as const),
    ]
    expect(Object.fromEntries(described)).toEqual(Object.fromEntries(expected))
  })

  test('gives every operation an id of its own, a success and the error envelope', async () => {
    const { body } = await api.get('/openapi.json')
    const operations = Object.values<Record<string, any>>(body.paths).flatMap((item) => Object.values(item))

    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    for (const { responses } of operations) {
      expect(Object.keys(responses).filter((status) => status.startsWith('2'))).toHaveLength(1)
      for (const status of Object.keys(responses).filter((one) => one >= '400')) {
        expect(responses[status].content['application/json'].schema).toEqual({ $ref: '#/components/schemas/Error' })
      }
    }
  })

  test('refers only to what is in it', async () => {
    const { body } = await api.get('/openapi.json')
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)]

    expect(references.length).toBeGreaterThan(10)
    const names = new Set(references.map(([, name]) => name!))
    expect(Object.keys(body.components.schemas)).toEqual(expect.arrayContaining([...names]))
  })

  test('describes nothing that is not served', async () => {
    const { body } = await api.get('/openapi.json')

    for (const path of Object.keys(body.paths)) {
      const method = Object.keys(body.paths[path])[0]!.toUpperCase()
      const init = method === 'POST' ? { headers: JSON_TYPE, body: '{}' } : {}
      const response = await send(path, { method, ...init })
      // There is too little history to simulate anything.
      expect([path, [200, 400, 409].includes(response.status)]).toEqual([path, true])
    }
  })
})
