import { expect, test } from 'bun:test'
import { figure, type Figure } from '../telemetry/figures.ts'
import { createGathering } from './gathering.ts'

function report(requests: number, inFlight: number): Figure[] {
  return [
    figure('counter', 'requests_total', 'Requests.', [{ value: requests, labels: { status: 200 } }]),
    figure('gauge', 'in_flight', 'Now.', [{ value: inFlight, labels: {} }]),
  ]
}

/** Workers that report what is noted for them at the moment, if anything. */
function gatherFrom(figures: Map<number, Figure[]>) {
  const gathering = createGathering(
    [1, 2, 3].map((number) => ({
      number,
      ask() {
        const answer = figures.get(number)
        if (answer !== undefined) queueMicrotask(() => gathering.receive(number, answer))
        return true
      },
    })),
    20,
  )
  return gathering
}

async function linesOf(text: Promise<string>): Promise<string[]> {
  return (await text).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('what all workers report is added up', async () => {
  const gathering = gatherFrom(new Map([1, 2, 3].map((number) => [number, report(number * 10, number)])))

  expect(await linesOf(gathering.scrape())).toEqual([
    'tandem_workers 3',
    'tandem_workers_unreachable 0',
    'tandem_worker_deaths_total 0',
    'requests_total{status="200"} 60',
    'in_flight 6',
  ])
})

test('a worker that does not report is counted as unreachable, and stands with what it had counted before', async () => {
  const figures = new Map([1, 2, 3].map((number) => [number, report(number * 10, number)]))
  const gathering = gatherFrom(figures)
  await gathering.scrape()
  figures.delete(3)

  const lines = await linesOf(gathering.scrape())
  expect(lines).toContain('tandem_workers_unreachable 1')
  expect(lines).toContain('requests_total{status="200"} 60')
  expect(lines).toContain('in_flight 3')
})

test('the counters of dead workers stay in the sum beside those of their successors', async () => {
  const figures = new Map([1, 2, 3].map((number) => [number, report(number * 10, number)]))
  const gathering = gatherFrom(figures)
  await gathering.scrape()
  for (const successor of [report(1, 7), report(2, 7)]) {
    gathering.bury(3)
    figures.set(3, successor)
    await gathering.scrape()
  }

  const lines = await linesOf(gathering.scrape())
  expect(lines).toContain('tandem_worker_deaths_total 2')
  expect(lines).toContain('requests_total{status="200"} 63')
  expect(lines).toContain('in_flight 10')
})
