/** Words and numbers as they are shown; the first column holds names. */
export type Table = {
  title: string
  columns: readonly string[]
  rows: readonly (readonly string[])[]
  note?: string
}

/** For a terminal: names to the left, numbers to the right. */
export function asText({ title, columns, rows, note }: Table): string {
  const all = [columns, ...rows]
  const widths = columns.map((_, column) => Math.max(...all.map((row) => lengthOf(row[column]))))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, column > 0))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('──')
  return [title, line(columns), rule, ...rows.map(line), ...(note === undefined ? [] : [note])].join('\n')
}

function pad(cell: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(cell)))
  return isRight ? space + cell : cell + space
}

function lengthOf(text = ''): number {
  return [...text].length
}

export function asMarkdown({ title, columns, rows, note }: Table): string {
  const line = (row: readonly string[]) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = `|${columns.map((_, column) => (column === 0 ? '---' : '---:')).join('|')}|`
  return [`**${title}**`, '', line(columns), rule, ...rows.map(line), ...(note === undefined ? [] : ['', note])].join(
    '\n',
  )
}

/** Three significant digits, or all of them before the point, in groups of three. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

export function percent(share: number): string {
  return `${shown(share * 100)} %`
}

export function times(ratio: number): string {
  return `${shown(ratio)} ×`
}
