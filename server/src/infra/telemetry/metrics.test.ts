import { expect, test } from 'bun:test'
import { figure, formatSum } from './figures.ts'
import { createMetrics } from './metrics.ts'

async function linesOf(text: Promise<string>): Promise<string[]> {
  return (await text).split('\n').filter((line) => line.startsWith('tandem_'))
}

test('requests are counted by operation and status, and timed by operation', async () => {
  const metrics = createMetrics()
  const getTeam = metrics.operation('getTeam')
  getTeam.observe(200, 0.5)
  getTeam.observe(200, 3)
  metrics.operation('getTeam').observe(404, 20_000)
  metrics.operation('neverAsked')

  const lines = await linesOf(metrics.scrape())
  expect(lines.filter((line) => !line.includes('_bucket'))).toEqual([
    'tandem_http_requests_total{operation="getTeam",status="200"} 2',
    'tandem_http_requests_total{operation="getTeam",status="404"} 1',
    'tandem_http_request_duration_seconds_sum{operation="getTeam"} 20.0035',
    'tandem_http_request_duration_seconds_count{operation="getTeam"} 3',
  ])
  const buckets = lines.filter((line) => /le="(0\.0005|0\.0025|0\.005|10|\+Inf)"/.test(line))
  expect(buckets.map((line) => line.split(' ')[1])).toEqual(['1', '1', '2', '2', '3'])
})

test('further figures are read when somebody asks', async () => {
  const metrics = createMetrics()
  let hits = 0
  metrics.counter('tandem_hits_total', 'Hits.', () => hits)
  metrics.gauge('tandem_held', 'Held.', () => -hits)
  hits = 3

  expect(await linesOf(metrics.scrape())).toEqual(['tandem_hits_total 3', 'tandem_held -3'])
})

test('figures of the database are read when somebody asks, and one that cannot be read takes no other away', async () => {
  const metrics = createMetrics()
  metrics.gauge('tandem_held', 'Held.', () => 1)
  metrics.addFigures(() => Promise.reject(new Error('the database is away')))
  metrics.addFigures(async () => [figure('gauge', 'tandem_due', 'Due.', [{ value: 2, labels: { kind: 'a' } }], 'max')])

  expect(await linesOf(metrics.scrape())).toEqual(['tandem_held 1', 'tandem_due{kind="a"} 2'])
})

test('over several processes figures add up, and of what all see the same there is one', async () => {
  const of = (value: number) => [
    figure('counter', 'tandem_hits_total', 'Hits.', [{ value, labels: {} }]),
    figure('gauge', 'tandem_due', 'Due.', [{ value, labels: {} }], 'max'),
  ]

  expect(await linesOf(formatSum([of(2), of(3)]))).toEqual(['tandem_hits_total 5', 'tandem_due 3'])
})
