const GAP = '  '

/** Columns as wide as they need to be: the first to the left, the others, figures, to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(...[title, ...rows.map((row) => row[column] ?? '')].map(width)))
  const rule = widths.map((size) => '─'.repeat(size)).join(GAP)
  return [formatRow(header, widths), rule, ...rows.map((row) => formatRow(row, widths))].join('\n')
}

export function formatCount(value: number): string {
  return value.toLocaleString('en-US')
}

export function formatShare(value: number): string {
  return `${(100 * value).toFixed(1)} %`
}

export function formatSeconds(seconds: number): string {
  return `${seconds.toFixed(1)} s`
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  const cells = widths.map((size, column) => {
    const cell = row[column] ?? ''
    const padding = ' '.repeat(size - width(cell))
    return column === 0 ? cell + padding : padding + cell
  })
  return cells.join(GAP).trimEnd()
}

function width(text: string): number {
  return Bun.stringWidth(text)
}
