import type { Report } from './report.ts'
import { shown, times, type Table } from './table.ts'

/** Every figure that both runs measured, with the second's ratio to the first. */
export function compareReports(first: Report, second: Report): Table[] {
  return first.results.flatMap(({ name, figures }) => {
    const other = second.results.find((result) => result.name === name)
    if (other === undefined) return []
    const rows = Object.entries(figures).flatMap(([figure, before]) => {
      const after = other.figures[figure]
      return after === undefined ? [] : [[figure, shown(before), shown(after), ratioOf(before, after)]]
    })
    return [{ title: name, columns: ['figure', nameOf(first), nameOf(second), 'ratio'], rows }]
  })
}

function ratioOf(before: number, after: number): string {
  if (before === after) return times(1)
  return before === 0 ? '–' : times(after / before)
}

function nameOf({ at, machine }: Report): string {
  return `${at.slice(0, 16).replace('T', ' ')} ${machine.commit ?? ''}`.trim()
}
