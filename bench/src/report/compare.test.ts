import { expect, test } from 'bun:test'
import { compareReports } from './compare.ts'
import type { Report } from './report.ts'

function aReport(at: string, figures: Record<string, Record<string, number>>): Report {
  const machine = { cpu: 'c', cores: 4, memory_gib: 8, system: 's', bun: 'b', postgres: 'p', commit: 'abc' }
  const results = Object.entries(figures).map(([name, one]) => ({ name, figures: one, judgements: [] }))
  return { at, machine, isQuick: false, options: { generators: 2, logLevel: 'warn' }, results }
}

test('the figures that both runs have are compared by their ratio', () => {
  const [table, ...more] = compareReports(
    aReport('2026-01-01T10:00:00Z', { load: { reads_per_s: 1000, errors: 0, old: 1 }, gone: { x: 1 } }),
    aReport('2026-02-01T10:00:00Z', { load: { reads_per_s: 2500, errors: 0, refused: 3 }, fresh: { x: 1 } }),
  )

  expect(more).toEqual([])
  expect(table).toEqual({
    title: 'load',
    columns: ['figure', '2026-01-01 10:00 abc', '2026-02-01 10:00 abc', 'ratio'],
    rows: [
      ['reads_per_s', '1,000', '2,500', '2.5 ×'],
      ['errors', '0', '0', '1 ×'],
    ],
  })
})

test('from nothing to something there is no ratio', () => {
  const [table] = compareReports(aReport('a', { load: { errors: 0 } }), aReport('b', { load: { errors: 7 } }))

  expect(table?.rows).toEqual([['errors', '0', '7', '–']])
})
