import { expect, test } from 'bun:test'
import { createLogger } from '../telemetry/logger.ts'
import { startWorkers } from './workers.ts'

function run(script: string, count: number) {
  const lines: Record<string, unknown>[] = []
  const log = createLogger('info', false, { write: (line: string) => lines.push(JSON.parse(line)) })
  const workers = startWorkers({ count, command: [process.execPath, '-e', script], environment: process.env, log })
  return { workers, lines }
}

test('a worker that never gets ready is tried five times, less and less often, then given up', async () => {
  const { workers, lines } = run('process.exit(3)', 1)

  expect(workers.failed).rejects.toThrow(
    'Worker 1 ended 5 times in a row before it was ready, the last time with exit code 3.',
  )
  await workers.failed.catch(() => undefined)
  expect(lines.map((line) => line['restart_in_ms'])).toEqual([100, 200, 400, 800, undefined])
  await workers.stop(0)
})

test('all must be ready, and a worker that does not stop is killed', async () => {
  const deaf = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`
  const { workers, lines } = run(`${deaf}; process.send({ kind: 'ready', url: 'http://here' })`, 2)

  expect(await workers.ready).toBe('http://here')
  await workers.stop(50)
  expect(lines.map(({ msg }) => msg)).toEqual(Array(2).fill('a worker did not stop in time and is killed'))
})

test('a worker that dies as soon as it is ready is not given up, but started less and less often', async () => {
  const { workers, lines } = run(`process.send({ kind: 'ready', url: 'x' }); setTimeout(() => process.exit(0), 20)`, 1)
  while (lines.filter(({ restart_in_ms }) => restart_in_ms !== undefined).length < 5) await Bun.sleep(5)
  await workers.stop(1000)

  const waits = lines.flatMap(({ restart_in_ms }) => (restart_in_ms === undefined ? [] : [restart_in_ms]))
  expect(waits).toEqual([100, 200, 400, 800, 1600])
})
