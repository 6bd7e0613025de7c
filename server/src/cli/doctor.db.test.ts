import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyDatabase, freshDatabase } from '../testing/database.ts'
import { hasRedis, startRedis } from '../testing/redis.ts'
import { startServer } from '../testing/server.ts'
import { startSmtp } from '../testing/smtp.ts'
import { doctor } from './doctor.ts'
import type { Finding } from './doctor/finding.ts'
import { recordCommand } from './terminal/record-command.ts'

async function examine(environment: Record<string, string>, args: string[] = []) {
  const { exitCode, printed } = await recordCommand(doctor, ['--json', ...args], {
    environment: { PORT: '0', ...environment },
  })
  const { isWell, findings } = JSON.parse(printed) as { isWell: boolean; findings: Finding[] }
  expect(exitCode).toBe(isWell ? 0 : 1)
  return { isWell, about: (name: string) => findings.find(({ about }) => about === name) }
}

/** Listens and answers each connection's first bytes with these. */
async function listener(answer: Uint8Array | string): Promise<{ port: number }> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => server.close())
  return { port: (server.address() as { port: number }).port }
}

describe('with a database', () => {
  test('that is migrated, all is well', async () => {
    const { url } = await freshDatabase()
    const { about } = await examine({ DATABASE_URL: url })

    const names = ['settings', 'migrations', 'clock']
    expect(names.map((name) => about(name)?.state)).toEqual(names.map(() => 'ok'))
    // Other tests use the same server at the same time, and may keep it busy.
    expect(['ok', 'warning']).toContain(about('database')!.state)
  })

  test('that is empty, the migrations are named, and nothing is made', async () => {
    const { url, sql } = await emptyDatabase()
    const { about } = await examine({ DATABASE_URL: url })

    expect(about('migrations')).toMatchObject({ state: 'warning', says: expect.stringContaining('0001_foundation') })
    expect(await sql(`SELECT FROM pg_tables WHERE schemaname = 'public'`)).toEqual([])
  })

  test('that a newer version made, that version is asked for', async () => {
    const { url, sql } = await freshDatabase()
    await sql(`INSERT INTO kysely_migration (name, timestamp) VALUES ('9999_future', '')`)
    const { isWell, about } = await examine({ DATABASE_URL: url })

    expect(isWell).toBeFalse()
    expect(about('migrations')).toMatchObject({ state: 'wrong', next: expect.stringContaining('Start the version') })
  })

  test('that is not there, it says so', async () => {
    const { url } = await freshDatabase()
    const { isWell, about } = await examine({ DATABASE_URL: `${url}_not` })

    expect(isWell).toBeFalse()
    expect(about('database')).toMatchObject({ state: 'wrong', says: 'cannot be used: there is no such database.' })
  })

  test('that has fewer connections than the processes may take, it says so', async () => {
    const { url } = await freshDatabase()
    const { about } = await examine({ DATABASE_URL: url, DATABASE_POOL_SIZE: '500' }, ['--processes', '100'])

    expect(about('connections')).toMatchObject({ state: 'wrong' })
  })
})

test('without a database of its own yet, Tandem will make one, where there is room', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-doctor-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const { about } = await examine({ TANDEM_DATA_DIR: join(folder, 'not', 'yet') })

  expect(about('database')).toMatchObject({ state: 'ok' })
  expect(about('disk')?.says).toContain('free')
})

test('a wrong setting keeps nothing else from being looked at', async () => {
  const { isWell, about } = await examine({ DATABASE_URL: 'mysql://x/y', LOG_LEVEL: 'loud' })

  expect(isWell).toBeFalse()
  expect(about('settings')).toMatchObject({ state: 'wrong' })
  expect(about('database')).toBeUndefined()
  expect(about('memory')).toBeDefined()
})

describe('the port', () => {
  test('where Tandem answers is well', async () => {
    const server = startServer(await freshDatabase())
    const { port } = new URL(server.url)

    expect((await examine({ PORT: port })).about('port')).toMatchObject({
      state: 'ok',
      says: expect.stringMatching('Tandem'),
    })
  })

  test('where something else listens is taken, whether it speaks HTTP or not', async () => {
    const other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('hello') })
    afterAll(() => other.stop(true))
    const mute = await listener('nonsense')

    for (const port of [other.port, mute.port]) {
      const { about } = await examine({ PORT: String(port) })
      expect(about('port')).toMatchObject({ state: 'wrong', says: expect.stringMatching('something else listens') })
    }
  })

  test('that is free is well', async () => {
    const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
    const { port } = server
    await server.stop(true)

    expect((await examine({ PORT: String(port) })).about('port')).toMatchObject({ state: 'ok' })
  })
})

describe('the broker', () => {
  // A frame of type 1 on channel 0 that begins with connection.start, class 10 and method 10.
  const start = Uint8Array.from([1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 10, 0xce])

  test.each<[string, Uint8Array | string, string, string]>([
    ['that greets as AMQP 0-9-1 does is well', start, 'ok', 'answers'],
    ['of another version of AMQP is wrong', Uint8Array.from([65, 77, 81, 80, 3, 1, 0, 0]), 'wrong', 'another version'],
    ['that is something else is wrong', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'wrong', 'no broker'],
  ])('%s', async (_, answer, state, says) => {
    const { port } = await listener(answer)
    const { about } = await examine({ AMQP_URL: `amqp://127.0.0.1:${port}` })

    expect(about('rabbitmq')).toMatchObject({ state, says: expect.stringContaining(says) })
  })

  test('that is not there is wrong', async () => {
    expect((await examine({ AMQP_URL: 'amqp://127.0.0.1:9' })).about('rabbitmq')).toMatchObject({ state: 'wrong' })
  })
})

describe('Redis', () => {
  test('that is not there is wrong', async () => {
    const { isWell, about } = await examine({ REDIS_URL: 'redis://127.0.0.1:9' })

    expect(isWell).toBeFalse()
    expect(about('redis')).toMatchObject({ state: 'wrong', next: expect.stringContaining('Start it') })
  })

  test.if(hasRedis)('that answers is looked at', async () => {
    const { url } = await startRedis()

    expect((await examine({ REDIS_URL: url })).about('redis')?.says).toMatch(/^Redis \d+\.\d+/)
  })
})

test('a collector and a Sentry that are away are no reason not to run', async () => {
  const { about } = await examine({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    SENTRY_DSN: 'http://key@127.0.0.1:9/1',
  })

  expect(about('traces')).toMatchObject({ state: 'warning' })
  expect(about('error reports')).toMatchObject({ state: 'warning' })
})

test('for people it is lines with a mark each, and a sentence at the end', async () => {
  const { exitCode, printed } = await recordCommand(doctor, [], { environment: { PORT: 'x' } })

  expect(exitCode).toBe(1)
  expect(printed).toMatch(/^✗ settings +PORT must be/m)
  expect(printed).toMatch(/^ +→ /m)
  expect(printed).toEndWith('\n\nOne thing is wrong.\n')
})

describe('a mail server', () => {
  test('that answers is well, once mail is from an address of its own', async () => {
    const { url } = await startSmtp()
    const { about } = await examine({ SMTP_URL: url, MAIL_FROM: 'Tandem <tandem@example.org>' })
    expect(about('mail')).toMatchObject({ state: 'ok', says: `the server at ${new URL(url).host} answers` })

    const usual = await examine({ SMTP_URL: url })
    expect(usual.about('mail')).toMatchObject({ state: 'warning', next: expect.stringContaining('MAIL_FROM') })
  })

  test('that is away is wrong, and its password is not shown', async () => {
    const { port, stop } = await startSmtp()
    await stop()
    const { isWell, about } = await examine({ SMTP_URL: `smtp://ada:s3cret@127.0.0.1:${port}` })

    expect(isWell).toBeFalse()
    expect(about('mail')).toMatchObject({ state: 'wrong', says: expect.stringContaining(`127.0.0.1:${port}`) })
    expect(JSON.stringify(about('mail'))).not.toContain('s3cret')
  })
})
