import { afterEach, expect, test } from 'bun:test'
import { closed } from '../bench.ts'
import { prepareClosedLoop } from './closed-loop.ts'
import { shareOf } from './generate.ts'
import { dueTimes, prepareOpenLoop } from './open-loop.ts'
import { referencePopulation } from './reference.ts'
import { readsOf, type Source } from './source.ts'
import { sumOf } from './tally.ts'
import type { LoadShape, OpenLoop } from './task.ts'

let server: Bun.Server<undefined> | null = null
afterEach(async () => await server?.stop(true))

const read = readsOf({ ...referencePopulation, teams: 2, usersPerTeam: 3 })
const source: Source = { read, write: read }

/** Answers with these statuses, time and again. */
function aTarget(statuses: readonly number[]) {
  let turn = 0
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () => new Response('four', { status: statuses[turn++ % statuses.length]! }),
  })
  return [{ hostname: '127.0.0.1', port: server.port ?? 0 }]
}

test('a closed loop counts answers, refusals and failures apart, each once', async () => {
  const loop = await prepareClosedLoop(closed({ readers: 1 }, 0.3, 0), aTarget([200, 503, 500, 409]), source, 100)
  const { windows } = await loop.run(performance.now())
  const sum = sumOf(windows.map(({ reads }) => reads))

  expect(windows).toHaveLength(3)
  expect(sum.latencies.total).toBeGreaterThan(1)
  expect(sum.bytes).toBe(sum.latencies.total * 4)
  expect(Math.abs(sum.refused - sum.failed)).toBeLessThanOrEqual(1)
  expect(sum.refusedWithoutRetryAfter).toBe(sum.refused)
  expect(Math.abs(sum.conflicts - sum.failed)).toBeLessThanOrEqual(1)
})

const open: OpenLoop = {
  kind: 'open',
  readShare: 1,
  connections: 2,
  steps: [{ ratePerSecond: 200, durationMs: 300 }],
  ifNoneFree: 'queue',
}

test('an open loop sends exactly what was due', async () => {
  const loop = await prepareOpenLoop(open, aTarget([200]), source, 300)
  const { windows } = await loop.run(performance.now())

  expect(windows[0]!.reads.latencies.total).toBe(60)
  expect(windows[0]!.reads.unsent).toBe(0)
})

test('an open loop that may not queue says what it could not send', async () => {
  const never = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } })
  const targets = [{ hostname: '127.0.0.1', port: never.port }]
  const loop = await prepareOpenLoop({ ...open, ifNoneFree: 'drop' }, targets, source, 300)
  const { windows } = await loop.run(performance.now())
  never.stop(true)

  expect(windows[0]!.reads).toMatchObject({ unsent: 58, failed: 2, unanswered: 2 })
}, 15_000)

test('requests are due evenly in each step', () => {
  const steps = [
    { ratePerSecond: 2, durationMs: 1000 },
    { ratePerSecond: 4, durationMs: 500 },
  ]
  expect([...dueTimes(steps, 100)]).toEqual([100, 600, 1100, 1350])
})

test('the shares of the generator processes add up to the whole', () => {
  const shape: LoadShape = {
    targets: [1, 2, 3].map((port) => ({ hostname: 'h', port })),
    name: 'n',
    population: referencePopulation,
    writes: 'mix',
    loop: closed({ readers: 7, writers: 60, mixed: 1 }, 1, 0),
    windowMs: 1000,
  }
  const shares = [0, 1, 2].map((index) => shareOf(shape, index, 3))
  const sum = (name: 'readers' | 'writers') =>
    shares.reduce((total, { loop }) => total + (loop.kind === 'closed' ? loop[name] : 0), 0)

  expect([sum('readers'), sum('writers')]).toEqual([7, 60])
  expect(shares.map(({ targets }) => targets[0]?.port)).toEqual([1, 2, 3])
  expect(new Set(shares.map(({ name }) => name)).size).toBe(3)
})
