import { describe, expect, test } from 'bun:test'
import pg from 'pg'
import { aPullRequest, aTeam, ids } from './testing/builders.ts'
import { freshDatabase, type TestDatabase } from './testing/database.ts'
import { noViolations, violations } from './testing/invariants.ts'
import { startServerProcess, type ServerProcess } from './testing/server.ts'

const WORKERS = 3

async function start(database: TestDatabase, environment = {}): Promise<ServerProcess> {
  const settings = { DATABASE_URL: database.url, DATABASE_POOL_SIZE: '4', ...environment }
  return startServerProcess(settings, ['--workers', String(WORKERS)])
}

type Line = { msg: string; pid?: number; worker?: number; signal?: string }

function linesOf({ output }: ServerProcess): Line[] {
  const whole = output().slice(0, output().lastIndexOf('\n') + 1)
  return whole.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : []))
}

/** The process behind each worker; asks over new connections until all of them have answered. */
async function processesOf(server: ServerProcess): Promise<Map<number, number>> {
  const before = linesOf(server).length
  const pids = new Map<number, number>()
  while (pids.size < WORKERS) {
    await fetch(`${server.url}/healthz`, { keepalive: false })
    const requests = linesOf(server).slice(before)
    for (const { msg, worker, pid } of requests) if (msg === 'request') pids.set(worker!, pid!)
  }
  return pids
}

async function logged(server: ServerProcess, text: string, times = 1): Promise<void> {
  while (linesOf(server).filter(({ msg }) => msg.includes(text)).length < times) await Bun.sleep(5)
}

async function metricsOf({ url }: ServerProcess): Promise<string> {
  const response = await fetch(`${url}/metrics`)
  expect([response.status, response.headers.get('Content-Type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ])
  return response.text()
}

/** The sum over all labels. */
function sumOf(metrics: string, name: string): number {
  const values = metrics.matchAll(new RegExp(String.raw`^${name}(?:\{.*\})? (\S+)$`, 'gm'))
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0)
}

async function inFlight(server: ServerProcess, count: number): Promise<void> {
  while (sumOf(await metricsOf(server), 'tandem_requests_in_flight') < count) await Bun.sleep(5)
}

function create(server: ServerProcess, id: string, author = 'u1') {
  return server.post('/pullRequest/create', aPullRequest({ id, author }))
}

async function expectNoViolations(database: TestDatabase): Promise<void> {
  const found = await violations(database)
  expect(found).toEqual(noViolations(found))
}

/** Keeps every write waiting until it is released. */
async function holdTeams({ url }: TestDatabase): Promise<() => Promise<void>> {
  const blocker = new pg.Client({ connectionString: url })
  await blocker.connect()
  await blocker.query('BEGIN')
  await blocker.query('SELECT FROM team FOR UPDATE')
  return async () => {
    await blocker.query('ROLLBACK')
    await blocker.end()
  }
}

describe('several workers', () => {
  test('all answer on one port, and open a pull request once when 50 ask for it at once', async () => {
    const database = await freshDatabase()
    const server = await start(database)
    await aTeam(server, { name: 'team', members: ids('u', 5) })
    const pids = [...(await processesOf(server)).values()]
    for (const id of ids('same-', 4)) {
      const answers = await Promise.all(ids('', 50).map(() => create(server, id)))

      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        201,
        ...Array.from({ length: 49 }, () => 409),
      ])
    }
    expect(new Set([...pids, server.pid]).size).toBe(WORKERS + 1)
    await expectNoViolations(database)
  })

  test('answer a scrape for all of them: every request is counted once, by operation and status', async () => {
    const server = await start(await freshDatabase())
    await aTeam(server, { name: 'team', members: ids('u', 5) })
    await Promise.all(ids('pr', 60).map((id) => create(server, id)))
    await Promise.all(ids('pr', 25).map((id) => create(server, id)))
    await Promise.all(ids('nothing', 7).map((path) => server.get(`/${path}`)))
    // Health checks are not counted.
    await processesOf(server)
    const metrics = await metricsOf(server)

    expect(sumOf(metrics, 'tandem_http_requests_total')).toBe(1 + 60 + 25 + 7)
    expect(sumOf(metrics, 'tandem_http_request_duration_seconds_count')).toBe(1 + 60 + 25 + 7)
    for (const line of [
      'tandem_http_requests_total{operation="createPullRequest",status="201"} 60',
      'tandem_http_requests_total{operation="createPullRequest",status="409"} 25',
      'tandem_http_requests_total{operation="other",status="404"} 7',
      'tandem_http_request_duration_seconds_bucket{operation="createPullRequest",le="+Inf"} 85',
      'tandem_requests_in_flight 0',
      `tandem_workers ${WORKERS}`,
      'tandem_workers_unreachable 0',
      'tandem_worker_deaths_total 0',
    ]) {
      expect(metrics.split('\n')).toContain(line)
    }
    for (const worker of [1, 2, 3]) expect(metrics).toContain(`process_resident_memory_bytes{worker="${worker}"} `)
  })

  test('listen nowhere where somebody listens already', async () => {
    const database = await freshDatabase()
    const { port } = new URL((await start(database)).url)

    expect(start(database, { PORT: port })).rejects.toThrow('something else listens there already')
  })
})

describe('a worker that is killed', () => {
  test('is replaced while the others serve, and what it had counted stays counted', async () => {
    const database = await freshDatabase()
    const server = await start(database)
    await aTeam(server, { name: 'team', members: ids('u', 5) })
    await Promise.all(ids('before', 60).map((id) => create(server, id)))
    const pids = await processesOf(server)
    const before = sumOf(await metricsOf(server), 'tandem_http_requests_total')
    process.kill(pids.get(2)!, 'SIGKILL')
    await logged(server, 'a new worker has taken the place')
    const after = await Promise.all(ids('after', 60).map((id) => create(server, id)))
    const pidsAfter = await processesOf(server)
    const metrics = await metricsOf(server)

    expect(after.map(({ status }) => status)).toEqual(after.map(() => 201))
    expect(pidsAfter.get(2)).not.toBe(pids.get(2)!)
    expect([pidsAfter.get(1), pidsAfter.get(3)]).toEqual([pids.get(1), pids.get(3)])
    expect([before, sumOf(metrics, 'tandem_http_requests_total')]).toEqual([61, 121])
    expect(metrics.split('\n')).toContain('tandem_worker_deaths_total 1')
    expect(linesOf(server)).toContainEqual(
      expect.objectContaining({ worker: 2, pid: pids.get(2), signal: 'SIGKILL', restart_in_ms: 100 }),
    )
    await expectNoViolations(database)
  })
})

describe('a supervisor', () => {
  test('that is asked to stop lets all workers answer what they had begun, and leaves no process behind', async () => {
    const database = await freshDatabase()
    const server = await start(database)
    await aTeam(server, { name: 'held', members: ids('u', 4) })
    const release = await holdTeams(database)
    const begun = ids('pr', 40).map((id) => create(server, id))
    await inFlight(server, 40)
    server.kill('SIGTERM')
    await logged(server, 'stopping: finishing requests under way', WORKERS)
    await release()

    expect((await Promise.all(begun)).map(({ status }) => status)).toEqual(begun.map(() => 201))
    expect(await server.exited).toBe(0)
    await server.allEnded
    expect(server.output()).not.toContain('"level":"error"')
    await expectNoViolations(database)
  })

  test('that is asked twice ends all workers at once', async () => {
    const database = await freshDatabase()
    const server = await start(database)
    await aTeam(server, { name: 'held', members: ids('u', 4) })
    const release = await holdTeams(database)
    const begun = create(server, 'pr').catch(() => null)
    await inFlight(server, 1)
    server.kill('SIGINT')
    await logged(server, 'stopping: finishing requests under way', WORKERS)
    server.kill('SIGINT')

    expect(await server.exited).toBe(1)
    await server.allEnded
    expect(await begun).toBeNull()
    await release()
  })

  test('that is killed leaves no worker behind, and the workers answer what they had begun', async () => {
    const database = await freshDatabase()
    const server = await start(database)
    await aTeam(server, { name: 'held', members: ids('u', 4) })
    const release = await holdTeams(database)
    const begun = ids('pr', 10).map((id) => create(server, id))
    await inFlight(server, 10)
    server.kill('SIGKILL')
    await logged(server, 'stopping: finishing requests under way', WORKERS)
    await release()

    expect((await Promise.all(begun)).map(({ status }) => status)).toEqual(begun.map(() => 201))
    await server.allEnded
    expect(linesOf(server).filter(({ signal }) => signal === 'the supervisor is gone')).toHaveLength(WORKERS)
  })
})
