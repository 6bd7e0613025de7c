import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Pool } from 'pg'
import {
  FAST,
  aFolder,
  aStranger,
  anotherProcess,
  ask,
  cleanUp,
  finish,
  firstLineOf,
  isLinux,
  isRoot,
  killAndWait,
  mayNobodyReadThis,
  nobody,
  postmasterOf,
  processesOf,
  start,
  until,
} from '../../testing/embedded-postgres.ts'
import { findBinaries } from './embedded-postgres/binaries.ts'
import { openCluster } from './embedded-postgres/cluster.ts'
import { urlOf } from './embedded-postgres/connection.ts'
import { isRunning } from './embedded-postgres/processes.ts'
import { startServer } from './embedded-postgres/server.ts'

setDefaultTimeout(60_000)
afterEach(cleanUp)

test('a server that is killed comes back on its port with every committed row, and a pool finds it again', async () => {
  const dataDir = aFolder()
  const messages: string[] = []
  const { url } = await start(dataDir, { settings: {}, onMessage: (message) => messages.push(message) })
  const pool = new Pool({ connectionString: url, max: 3 })
  pool.on('error', () => undefined)
  await pool.query('create table kept (id int)')
  await pool.query('insert into kept select generate_series(1, 1000)')

  for (const _ of [1, 2]) {
    const killed = postmasterOf(dataDir)
    process.kill(killed, 'SIGKILL')
    await until(() =>
      pool.query('select 1').then(
        () => postmasterOf(dataDir) !== killed,
        () => false,
      ),
    )
    const { rows } = await pool.query('select count(*)::int as count from kept')
    expect(rows).toEqual([{ count: 1000 }])
  }

  await pool.end()
  expect(messages.filter((message) => message.includes('ended by SIGKILL'))).toHaveLength(2)
})

test('a backend that goes on computing after its server was killed does not keep the new server from starting', async () => {
  const dataDir = aFolder()
  const { url } = await start(dataDir)
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  const backend = (await client.query('select pg_backend_pid() as pid')).rows[0].pid as number
  const busy = client.query('do $$ begin loop end loop; end $$').catch(() => 'lost')
  await until(async () => (await ask(url, `select state from pg_stat_activity where pid = ${backend}`)) === 'active')

  process.kill(postmasterOf(dataDir), 'SIGKILL')

  expect(await busy).toBe('lost')
  await until(() => ask(url, 'select true').then(Boolean, () => false))
  expect(isRunning(backend)).toBe(false)
})

test('a stop that comes while a killed server is being restarted leaves no process behind', async () => {
  const dataDir = aFolder()
  for (const delayMs of [0, 60, 90, 120]) {
    const server = await start(dataDir)
    process.kill(postmasterOf(dataDir), 'SIGKILL')
    await sleep(delayMs)
    await server.stop()
    expect(processesOf(dataDir)).toEqual([])
  }
})

test('after the owner was killed the next start takes its server over, on the same port and with its data', async () => {
  const dataDir = aFolder()
  const owner = anotherProcess(dataDir)
  const url = await firstLineOf(owner)
  await ask(url, 'create table kept as select 42 as answer')
  const orphan = postmasterOf(dataDir)
  await killAndWait(owner)
  expect(isRunning(orphan)).toBe(true)

  const messages: string[] = []
  const heir = await start(dataDir, { onMessage: (message) => messages.push(message) })

  expect(heir.url).toBe(url)
  expect(await ask(heir.url, 'select answer from kept')).toBe(42)
  expect(isRunning(orphan)).toBe(false)
  expect(messages.join()).toContain('take over')
  await heir.stop()
  expect(processesOf(dataDir)).toEqual([])
})

test('an owner killed while it creates the cluster leaves nothing that hinders the next start', async () => {
  const dataDir = aFolder()
  for (const delayMs of [0, 150, 400]) {
    const owner = anotherProcess(dataDir)
    await until(() => readdirSync(dataDir).some((name) => name.startsWith('postgres.new-')))
    await sleep(delayMs)
    await killAndWait(owner)
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
  }

  const { url } = await start(dataDir)

  expect(await ask(url, 'select 1')).toBe(1)
  expect(readdirSync(dataDir).filter((name) => name.startsWith('postgres.new-'))).toEqual([])
})

test('an owner that exits without a stop still takes its server along', async () => {
  const dataDir = aFolder()
  const owner = anotherProcess(dataDir, { ending: 'process.exit(3)' })
  await firstLineOf(owner)
  const postmaster = postmasterOf(dataDir)

  await finish(owner)

  expect(isRunning(postmaster)).toBe(false)
  expect(processesOf(dataDir)).toEqual([])
})

test('Ctrl-C, which signals every process of the terminal, leaves the server to the service that drains', async () => {
  const dataDir = aFolder()
  const owner = anotherProcess(dataDir)
  const url = await firstLineOf(owner)

  process.kill(-(owner.pid ?? 0), 'SIGINT')
  await sleep(300)

  expect(await ask(url, 'select 1')).toBe(1)
})

test('a pid file left by a dead server hinders no start, whoever has that pid today', async () => {
  const dataDir = aFolder()
  const elsewhere = aFolder()
  await (await start(dataDir)).stop()
  const other = await start(elsewhere)
  const stranger = aStranger(dataDir)
  const gone = spawn('true')
  await new Promise((resolve) => gone.once('exit', resolve))
  const pidFile = join(dataDir, 'postgres', 'postmaster.pid')
  const rest = `${join(dataDir, 'postgres')}\n1700000000\n5432\n\n127.0.0.1\n`

  for (const pid of [stranger.pid, postmasterOf(elsewhere), gone.pid, process.pid, 1, '']) {
    writeFileSync(pidFile, `${pid}\n${rest}`)
    const owner = statSync(join(dataDir, 'postgres'))
    chownSync(pidFile, owner.uid, owner.gid)
    const server = await start(dataDir)
    expect(await ask(server.url, 'select 1')).toBe(1)
    await server.stop()
  }

  expect(isRunning(stranger.pid ?? 0)).toBe(true)
  expect(await ask(other.url, 'select 1')).toBe(1)
})

test.if(isRoot && isLinux)('root in a folder that only root may enter gets a server that is not root', async () => {
  const closed = aFolder()
  chmodSync(closed, 0o700)
  const dataDir = join(closed, "a user's data")

  const { url } = await start(dataDir)

  await ask(url, 'create table kept as select 42 as answer')
  expect(await ask(url, 'select answer from kept')).toBe(42)
  const status = readFileSync(`/proc/${postmasterOf(dataDir)}/status`, 'utf8')
  expect(status).not.toMatch(/^Uid:.*\b0\b/m)
  expect(status).toMatch(/^CapEff:\t000000000000000[24]$/m)
})

test.if(isRoot && isLinux)(
  'root can run binaries that lie where only root may enter, even unreadable for others',
  async () => {
    const closed = aFolder()
    const { postgres, majorVersion } = await findBinaries()
    cpSync(dirname(dirname(postgres)), join(closed, 'native'), { recursive: true, verbatimSymlinks: true })
    const bin = join(closed, 'native', 'bin')
    for (const mode of [0o755, 0o700]) {
      for (const name of readdirSync(bin)) chmodSync(join(bin, name), mode)
      const dataDir = join(closed, `data-${mode}`)
      mkdirSync(dataDir)

      const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), majorVersion }
      const cluster = await openCluster(dataDir, binaries, false)
      const launch = { cluster, settings: FAST, logFile: join(dataDir, 'postgres.log'), onMessage: () => undefined }
      const server = await startServer(launch, undefined)

      expect(await ask(urlOf(server.port, cluster.password), 'select 1')).toBe(1)
      await server.stop()
      expect(processesOf(dataDir)).toEqual([])
    }
  },
)

test.if(isRoot && isLinux && mayNobodyReadThis)('root in an open folder gives its server no privilege', async () => {
  const dataDir = aFolder()
  chmodSync(dataDir, 0o755)

  await start(dataDir)

  expect(readFileSync(`/proc/${postmasterOf(dataDir)}/status`, 'utf8')).toMatch(/^CapEff:\t0+$/m)
})

test.if(isRoot && isLinux && mayNobodyReadThis)(
  'an ordinary user needs no privilege, and root keeps to that user',
  async () => {
    const dataDir = aFolder()
    chownSync(dataDir, nobody.uid, nobody.gid)
    const prefix = ['setpriv', '--reuid', String(nobody.uid), '--regid', String(nobody.gid), '--clear-groups']
    const ordinary = anotherProcess(dataDir, { prefix })
    const url = await firstLineOf(ordinary)
    expect(await ask(url, 'select 1')).toBe(1)
    await finish(ordinary)

    await start(dataDir)

    expect(statSync(`/proc/${postmasterOf(dataDir)}`).uid).toBe(nobody.uid)
    chmodSync(dataDir, 0o500)
    const hindered = anotherProcess(join(dataDir, 'below'), { prefix })
    expect(await firstLineOf(hindered)).toContain('StartupError: Tandem cannot keep its data in')
  },
)
