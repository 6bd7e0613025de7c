import { afterEach, describe, expect, test } from 'bun:test'
import { freshDatabase } from '../../testing/database.ts'
import { startServer, startServerProcess } from '../../testing/server.ts'

type Sent = { body: NonNullable<RequestInit['body']>; headers?: Record<string, string>; query?: string }

const NDJSON = 'application/x-ndjson'
const LONG = 5000
const database = await freshDatabase()
const api = startServer(database, { HISTORY_MAX_MIB: '4' })
const neighbour = startServer(database)

afterEach(() => database.sql('TRUNCATE past_change'))

function aChange(number: number, more: object = {}): string {
  const change = {
    pr: `pr-${number}`,
    at: new Date(Date.UTC(2024, 0, 1) + number * 60_000).toISOString(),
    author: `u${number % 7}`,
    reviewers: [`u${(number % 7) + 1}`],
    files: [`src/${number % 50}.ts`],
  }
  return `${JSON.stringify({ ...change, ...more })}\n`
}

function changes(count: number, first = 1): string {
  return Array.from({ length: count }, (_, index) => aChange(first + index)).join('')
}

async function send(url: string, { body, headers = {}, query = '' }: Sent) {
  const response = await fetch(`${url}/history/import${query}`, {
    method: 'POST',
    headers: { 'Content-Type': NDJSON, ...headers },
    body,
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text.split('\n').at(-2) ?? text) }
}

async function storedIds(): Promise<string[]> {
  const rows = await database.sql<{ id: string }>('SELECT change_id AS id FROM past_change ORDER BY landed_at')
  return rows.map(({ id }) => id)
}

/** A body that says its first part, and the rest only when told to. */
function heldBody(start: string) {
  const gate = Promise.withResolvers<string>()
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(start)),
    async pull(controller) {
      controller.enqueue(encoder.encode(await gate.promise))
      controller.close()
    },
  })
  return { body, finish: gate.resolve }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(10)
}

describe('importing', () => {
  test('a long history comes in whole, and sending it again changes nothing', async () => {
    const all = changes(LONG)

    expect((await send(api.url, { body: all })).body).toEqual({ read: LONG, imported: LONG, known: 0 })
    expect(await storedIds()).toEqual(Array.from({ length: LONG }, (_, index) => `pr-${index + 1}`))
    const before = await database.sql('SELECT * FROM past_change ORDER BY change_id')
    expect((await send(api.url, { body: all })).body).toEqual({ read: LONG, imported: 0, known: LONG })
    expect(await database.sql('SELECT * FROM past_change ORDER BY change_id')).toEqual(before)
  })

  test.each([
    ['known by its header', { 'Content-Encoding': 'gzip' }],
    ['known by how it begins', { 'Content-Type': 'application/octet-stream' }],
  ])('gzip is unpacked, %s', async (_, headers) => {
    const { status, body } = await send(api.url, { body: Bun.gzipSync(changes(600)), headers })

    expect([status, body]).toEqual([200, { read: 600, imported: 600, known: 0 }])
  })

  test('a body in many small pieces, cut anywhere, is the same body', async () => {
    const bytes = Bun.gzipSync(aChange(1, { author: 'ärne 😀' }) + changes(20, 2))
    let at = 0
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => (at === bytes.length ? controller.close() : controller.enqueue(bytes.slice(at, ++at))),
    })

    expect((await send(api.url, { body })).body).toEqual({ read: 21, imported: 21, known: 0 })
    expect(await database.sql(`SELECT author_id FROM past_change WHERE change_id = 'pr-1'`)).toEqual([
      { author_id: 'ärne 😀' },
    ])
  })

  test('what is kept is tidy: the author is no reviewer, nobody is there twice, nothing was written after it landed', async () => {
    const files = Array.from({ length: 3100 }, (_, index) => `f${index}`)
    const body = aChange(1, {
      at: '2024-05-01T12:00:00+02:00',
      authored: '2024-06-01T00:00:00Z',
      author: 'ada',
      reviewers: ['bob', 'ada', 'bob', 'cleo'],
      files: ['f0', ...files],
      additions: 3,
      deletions: 4,
      renames: [['a', 'b']],
      deleted: ['c'],
    })

    await send(api.url, { body, query: '?repository=engine' })
    const [row] = await database.sql('SELECT * FROM past_change')
    expect(row).toMatchObject({
      repository: 'engine',
      reviewer_ids: ['bob', 'cleo'],
      landed_at: '2024-05-01T10:00:00.000000Z',
      written_at: '2024-05-01T10:00:00.000000Z',
      files: files.slice(0, 3000),
      renames: [['a', 'b']],
      deleted: ['c'],
      lines: 7,
    })
  })

  test('of two changes with one id the first counts, and another repository is another matter', async () => {
    const twice = aChange(1, { author: 'first' }) + aChange(1, { author: 'second' })

    expect((await send(api.url, { body: twice })).body).toEqual({ read: 2, imported: 1, known: 1 })
    expect((await send(api.url, { body: twice, query: '?repository=b' })).body).toMatchObject({ imported: 1, known: 1 })
    expect(await database.sql('SELECT DISTINCT author_id FROM past_change')).toEqual([{ author_id: 'first' }])
  })

  test('two processes that take in the same history at once import every change once', async () => {
    const lines = changes(2000).trimEnd().split('\n')
    const [one, other] = await Promise.all([
      send(api.url, { body: lines.join('\n') }),
      send(neighbour.url, { body: lines.toReversed().join('\n') }),
    ])

    expect([one.status, other.status]).toEqual([200, 200])
    expect(one.body.imported + other.body.imported).toBe(2000)
    expect(await storedIds()).toHaveLength(2000)
  })

  test('who asks for progress gets lines, the last of which is the result', async () => {
    const { status, headers, text } = await send(api.url, { body: changes(700), headers: { Accept: NDJSON } })

    expect([status, headers.get('Content-Type')]).toEqual([200, NDJSON])
    expect(text.trimEnd().split('\n').at(-1)).toBe('{"done":true,"read":700,"imported":700,"known":0}')
  })

  test('nothing at all is a history, too', async () => {
    expect((await send(api.url, { body: '\n \r\n' })).body).toEqual({ read: 0, imported: 0, known: 0 })
  })
})

describe('a history that is not right', () => {
  test.each([
    ['not JSON', '{"pr":', 'line 701: is not JSON.'],
    ['without an author', aChange(9, { author: undefined }), 'line 701: author: is missing.'],
    ['with an empty reviewer', aChange(9, { reviewers: ['a', ''] }), 'line 701: reviewers[1]: must not be empty.'],
    ['with a long id', aChange(9, { pr: 'x'.repeat(256) }), 'line 701: pr: must have at most 255 characters.'],
    ['without a time', aChange(9, { at: 'yesterday' }), 'line 701: at: must be a time like 2026-11-01T00:00:00Z.'],
    ['with NUL in a path', aChange(9, { files: ['a\0b'] }), 'line 701: files[0]: must not contain NUL'],
    ['with an unknown field', aChange(9, { reviewer: 'u1' }), 'line 701: unknown field "reviewer".'],
    ['too long', aChange(9, { files: ['x'.repeat(2 ** 20)] }), 'line 701: must have at most 1048576 bytes.'],
  ])('is refused at a line %s; what came before it stays', async (_, bad, message) => {
    const { status, body } = await send(api.url, { body: changes(700) + bad + changes(10, 5000) })

    expect([status, body.error.code]).toEqual([400, 'INVALID_REQUEST'])
    expect(body.error.message).toStartWith(message)
    expect(body.error.message).toContain('Of the changes before it 700 were imported and 0 known')
    expect(await storedIds()).toHaveLength(700)
  })

  test('is refused where it is not UTF-8', async () => {
    const body = Buffer.concat([Buffer.from(aChange(1)), Buffer.from([0x22, 0xff, 0x22])])

    expect((await send(api.url, { body })).body.error.message).toStartWith('line 2: is not UTF-8.')
  })

  test('tells a bad line as its last line to who listens to progress', async () => {
    const { status, body } = await send(api.url, { body: `${changes(3)}[]`, headers: { Accept: NDJSON } })

    expect([status, body.error.code]).toEqual([200, 'INVALID_REQUEST'])
    expect(body.error.message).toStartWith('line 4: ')
    expect(await storedIds()).toHaveLength(3)
  })

  test.each([
    ['cut short', Bun.gzipSync(changes(50)).slice(0, -9)],
    ['not gzip', new TextEncoder().encode(changes(50))],
  ])('is refused when its gzip is %s', async (_, body) => {
    const { status, body: answer } = await send(api.url, { body, headers: { 'Content-Encoding': 'gzip' } })

    expect([status, answer.error.code]).toEqual([400, 'INVALID_REQUEST'])
    expect(answer.error.message).toStartWith('The body is not gzip, or is cut short.')
  })

  test('is refused beyond HISTORY_MAX_MIB, however small it was packed', async () => {
    const bomb = Bun.gzipSync(new Uint8Array(64 * 2 ** 20).fill(10))

    const { status, body } = await send(api.url, { body: bomb })

    expect([status, body.error.code]).toEqual([413, 'BODY_TOO_LARGE'])
  })

  test.each([[{ 'Content-Type': 'application/xml' }], [{ 'Content-Encoding': 'br' }]])(
    'is refused as %p',
    async (headers) => {
      const { status, body } = await send(api.url, { body: changes(1), headers })

      expect([status, body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
    },
  )

  test('leaves a repository out that cannot be one', async () => {
    const { status, body } = await send(api.url, { body: changes(1), query: `?repository=${'x'.repeat(256)}` })

    expect([status, body.error.message]).toEqual([400, 'repository: must have at most 255 characters.'])
  })
})

describe('imports under way', () => {
  test('are at most two in a process; when one has ended another may come', async () => {
    const held = [heldBody(changes(500)), heldBody(changes(500, 1001))]
    const underWay = held.map(({ body }) => send(api.url, { body }))
    await until(async () => (await storedIds()).length === 1000)

    const refused = await send(api.url, { body: changes(1) })
    expect([refused.status, refused.body.error.code]).toEqual([503, 'OVERLOADED'])
    expect(refused.headers.get('Retry-After')).toBe('1')
    expect((await send(neighbour.url, { body: changes(1) })).status).toBe(200)

    for (const { finish } of held) finish('')
    expect((await Promise.all(underWay)).map(({ status }) => status)).toEqual([200, 200])
    expect((await send(api.url, { body: changes(1) })).status).toBe(200)
  })

  test('keep what is committed when the connection breaks, and make room', async () => {
    for (let time = 1; time <= 3; time++) {
      const { body } = heldBody(changes(500))
      const cutOff = new AbortController()
      const lost = fetch(`${api.url}/history/import`, {
        method: 'POST',
        headers: { 'Content-Type': NDJSON },
        body,
        signal: cutOff.signal,
      }).catch(() => 'lost')
      await until(async () => (await storedIds()).length === 500)
      cutOff.abort()
      expect(await lost).toBe('lost')
    }

    await until(async () => (await send(api.url, { body: changes(501) })).status === 200)
    expect(await storedIds()).toHaveLength(501)
  })

  test('may take longer than other requests, and more than their bodies', async () => {
    const { url } = startServer(database, { REQUEST_TIMEOUT_MS: '100', MAX_BODY_BYTES: '1024' })
    const { body, finish } = heldBody(changes(500))
    const underWay = send(url, { body })
    await until(async () => (await storedIds()).length === 500)
    await Bun.sleep(200)
    finish(aChange(501))

    expect(await underWay).toMatchObject({ status: 200, body: { read: 501 } })
  })

  test('end when the process is told to stop: with an answer, and what is committed stays', async () => {
    const server = await startServerProcess({ DATABASE_URL: database.url })
    const [plain, listening] = [heldBody(changes(500)), heldBody(changes(500, 1001))]
    const answers = [
      send(server.url, { body: plain.body }),
      send(server.url, { body: listening.body, headers: { Accept: NDJSON } }),
    ]
    await until(async () => (await storedIds()).length === 1000)
    server.kill('SIGTERM')

    const [first, second] = await Promise.all(answers)
    expect([first!.status, first!.body.error.code]).toEqual([503, 'STOPPING'])
    expect([second!.status, second!.body.error.code]).toEqual([200, 'STOPPING'])
    expect(await server.exited).toBe(0)
    expect(await storedIds()).toHaveLength(1000)
  })
})

describe('the status', () => {
  test('counts what was imported, by repository', async () => {
    expect((await api.get('/history/status')).body).toEqual({
      changes: 0,
      first_landed_at: null,
      last_landed_at: null,
      repositories: [],
    })
    await send(api.url, { body: changes(3) })
    await send(api.url, { body: changes(2, 10), query: '?repository=engine' })

    const { body } = await api.get('/history/status')
    expect(body).toEqual({
      changes: 5,
      first_landed_at: '2024-01-01T00:01:00.000000Z',
      last_landed_at: '2024-01-01T00:11:00.000000Z',
      repositories: [
        { repository: '', changes: 3, last_landed_at: '2024-01-01T00:03:00.000000Z' },
        { repository: 'engine', changes: 2, last_landed_at: '2024-01-01T00:11:00.000000Z' },
      ],
    })
    expect((await api.get('/history/status', { repository: 'engine' })).body.changes).toBe(2)
    expect((await api.get('/history/status', { repository: 'none' })).body.repositories).toEqual([])
  })
})
