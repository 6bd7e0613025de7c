import { expect, test } from 'bun:test'
import { asMarkdown, asText, shown, type Table } from './table.ts'

const table: Table = {
  title: 'Loads',
  columns: ['', 'requests/s', 'p99'],
  rows: [
    ['reads', '20,000', '9 ms'],
    ['writes | mix', '5', '38.5 ms'],
  ],
}

test('a table for a terminal has its names to the left and its numbers to the right', () => {
  expect(asText(table).split('\n')).toEqual([
    'Loads',
    '              requests/s      p99',
    '─────────────────────────────────',
    'reads             20,000     9 ms',
    'writes | mix           5  38.5 ms',
  ])
})

test('a table for a page is Markdown whose cells hold any text', () => {
  expect(asMarkdown({ ...table, note: 'Measured.' }).split('\n')).toEqual([
    '**Loads**',
    '',
    '|  | requests/s | p99 |',
    '|---|---:|---:|',
    '| reads | 20,000 | 9 ms |',
    '| writes \\| mix | 5 | 38.5 ms |',
    '',
    'Measured.',
  ])
})

test.each([
  [20_481.7, '20,482'],
  [100, '100'],
  [99.96, '100'],
  [9.876, '9.88'],
  [0.012_34, '0.0123'],
  [0, '0'],
  [Number.NaN, '–'],
])('%p is shown as %p', (value, text) => {
  expect(shown(value)).toBe(text)
})
