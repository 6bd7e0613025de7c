import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import {
  FAST,
  aFolder,
  anotherProcess,
  ask,
  cleanUp,
  finish,
  firstLineOf,
  isRoot,
  postmasterOf,
  processesOf,
  refusalOf,
  start,
} from '../../testing/embedded-postgres.ts'
import { isRunning } from './embedded-postgres/processes.ts'

setDefaultTimeout(60_000)
afterEach(cleanUp)

test('what was committed is there after a stop and a quick second start, and a stop leaves no process behind', async () => {
  const dataDir = join(aFolder(), 'not', 'yet', 'there')
  const first = await start(dataDir, { settings: {} })
  await ask(first.url, 'create table kept as select 42 as answer')
  await first.stop()
  expect(processesOf(dataDir)).toEqual([])

  const startedAt = Date.now()
  const second = await start(dataDir, { settings: {} })
  expect(Date.now() - startedAt).toBeLessThan(2_000)
  expect(await ask(second.url, 'select answer from kept')).toBe(42)
  expect(second.url).toBe(first.url)
})

test('the server is durable, speaks UTF-8, and can be reached by password on the loopback address alone', async () => {
  const dataDir = aFolder()
  const { url } = await start(dataDir, { settings: { work_mem: '5MB' } })

  const settings: Record<string, string> = {
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    server_encoding: 'UTF8',
    password_encryption: 'scram-sha-256',
    max_connections: '200',
    jit: 'off',
    work_mem: '5MB',
  }
  for (const [name, value] of Object.entries(settings)) {
    expect([name, await ask(url, `show ${name}`)]).toEqual([name, value])
  }
  expect(await ask(url, "select upper('straße ö')")).toContain('Ö')
  expect(await ask(url, 'select current_user || current_database()')).toBe('tandemtandem')
  const refusal = await ask(url.replace(/:[^:@]+@/, ':wrong@'), 'select 1').catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: '28P01' })
  for (const file of ['postgres.json', 'postgres/tandem.password']) {
    expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600)
  }
})

test('a second start attaches to the server of the first, and its stop leaves it running', async () => {
  const dataDir = aFolder()
  const owner = await start(dataDir)
  const sibling = await start(dataDir, { attachOnly: true })
  const other = anotherProcess(dataDir)

  expect(await firstLineOf(other)).toBe(owner.url)
  await finish(other)
  await sibling.stop()

  expect(sibling.url).toBe(owner.url)
  expect(await ask(owner.url, 'select 1')).toBe(1)
})

test('who only wants to attach is told so when no server runs, and nothing is created for it', async () => {
  const dataDir = join(aFolder(), 'data')
  expect((await refusalOf(dataDir, { attachOnly: true })).message).toContain('No PostgreSQL runs')
  expect(existsSync(dataDir)).toBe(false)

  const owner = await start(dataDir)
  await owner.stop()
  expect((await refusalOf(dataDir, { attachOnly: true })).message).toContain('No PostgreSQL runs')
  expect(processesOf(dataDir)).toEqual([])
})

test('ten processes that start at once on an empty folder share one server', async () => {
  const dataDir = aFolder()
  const ten = Array.from({ length: 10 }, () => anotherProcess(dataDir))

  const urls = await Promise.all(ten.map(firstLineOf))

  expect(new Set(urls).size).toBe(1)
  expect(await ask(urls[0] ?? '', 'select 1')).toBe(1)
  const postmaster = postmasterOf(dataDir)
  const owner = JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')).ownerPid as number
  const [owning, attached] = [ten.filter(({ pid }) => pid === owner), ten.filter(({ pid }) => pid !== owner)]
  expect(owning).toHaveLength(1)
  await Promise.all(attached.map(finish))
  expect(isRunning(postmaster)).toBe(true)
  await Promise.all(owning.map(finish))
  expect(processesOf(dataDir)).toEqual([])
})

test('a folder that cannot be written to is refused with what to do about it', async () => {
  const file = join(aFolder(), 'file')
  writeFileSync(file, '')

  const { message } = await refusalOf(join(file, 'data'))

  expect(message).toContain(file)
  expect(message).toContain('TANDEM_DATA_DIR')
})

test.skipIf(isRoot)('a read-only folder is refused with what to do about it', async () => {
  const dataDir = aFolder()
  chmodSync(dataDir, 0o500)

  const { message } = await refusalOf(dataDir)

  chmodSync(dataDir, 0o700)
  expect(message).toContain(dataDir)
  expect(message).toContain('TANDEM_DATA_DIR')
})

test('data of another major version is refused untouched, naming both versions and the ways on', async () => {
  const dataDir = aFolder()
  mkdirSync(join(dataDir, 'postgres'))
  writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '15\n')

  const { message } = await refusalOf(dataDir)

  for (const part of ['PostgreSQL 15', 'PostgreSQL 18', 'pg_upgrade', 'TANDEM_DATA_DIR', 'DATABASE_URL']) {
    expect(message).toContain(part)
  }
  expect(readdirSync(join(dataDir, 'postgres'))).toEqual(['PG_VERSION'])
})

test('a folder of something else is never taken for the cluster or overwritten', async () => {
  const dataDir = aFolder()
  mkdirSync(join(dataDir, 'postgres'))
  writeFileSync(join(dataDir, 'postgres', 'notes.txt'), 'mine')

  expect((await refusalOf(dataDir)).message).toContain('neither empty nor a PostgreSQL cluster')
  expect(readdirSync(join(dataDir, 'postgres'))).toEqual(['notes.txt'])
})

test('when the server ends at once its own last words are told, and the next start is free to do better', async () => {
  const dataDir = aFolder()

  const { message } = await refusalOf(dataDir, { settings: { ...FAST, shared_buffers: 'plenty' } })

  expect(message).toContain('invalid value for parameter "shared_buffers"')
  expect(await ask((await start(dataDir)).url, 'select 1')).toBe(1)
})

test('a port that another program has taken since is given up for a free one', async () => {
  const dataDir = aFolder()
  const first = await start(dataDir)
  await first.stop()
  const taken = createServer().listen(Number(new URL(first.url).port), '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))

  const second = await start(dataDir)

  expect(second.url).not.toBe(first.url)
  expect(await ask(second.url, 'select 1')).toBe(1)
  await new Promise((resolve) => taken.close(resolve))
})

test('a log over ten megabytes is put aside at the start', async () => {
  const dataDir = aFolder()
  writeFileSync(join(dataDir, 'postgres.log'), '')
  truncateSync(join(dataDir, 'postgres.log'), 11 * 1024 * 1024)

  await start(dataDir)

  expect(statSync(join(dataDir, 'postgres.log')).size).toBeLessThan(100_000)
  expect(statSync(join(dataDir, 'postgres.log.1')).size).toBe(11 * 1024 * 1024)
})
