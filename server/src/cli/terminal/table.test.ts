import { expect, test } from 'bun:test'
import { formatCount, formatShare, formatTable } from './table.ts'

test('a table is as wide as its cells, names to the left, figures to the right', () => {
  const table = formatTable(
    ['', 'now'],
    [
      ['teams', formatCount(1234)],
      ['наша команда', formatShare(0.5)],
    ],
  )

  expect(table.split('\n')).toEqual([
    '                 now',
    '────────────  ──────',
    'teams          1,234',
    'наша команда  50.0 %',
  ])
})
