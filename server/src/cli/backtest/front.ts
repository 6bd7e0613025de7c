import type { FileReport } from './report.ts'

const WIDTH = 760
const MIN_HEIGHT = 420
const MARGIN = { left: 60, right: 240, top: 50, bottom: 50 }
const LEGEND_LINE = 18
const COLOURS = ['#2563eb', '#d97706', '#059669', '#be185d', '#7c3aed', '#475569']

type Point = { label: string; gini: number; hitAt3: number; colour: string }

/** Accuracy (hit@3) against concentration (Gini) as SVG: better is higher, fairer is further left. */
export function asFront(reports: readonly FileReport[]): string {
  const points = reports.flatMap(pointsOf)
  const height = Math.max(MIN_HEIGHT, MARGIN.top + MARGIN.bottom + points.length * LEGEND_LINE)
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(MARGIN.left, 22, 'Accuracy against concentration', 'font-weight="600" font-size="14"'),
    ...axes(height),
    ...points.map((point, index) => dot(xOf(point.gini), yOf(point.hitAt3, height), index + 1, point.colour)),
    ...points.flatMap((point, index) => legendLine(point, index)),
    '</svg>',
  ]
  return `${lines.join('\n')}\n`
}

function pointsOf({ file, rules }: FileReport, index: number, { length }: readonly FileReport[]): Point[] {
  const colour = COLOURS[index % COLOURS.length]!
  return rules.flatMap(({ name, gini, hitAt3 }): Point[] => {
    if (gini === null || hitAt3 === null) return []
    return [{ label: length === 1 ? name : `${name} (${file.split('/').at(-1)})`, gini, hitAt3, colour }]
  })
}

function axes(height: number): string[] {
  const [left, right, top, bottom] = [xOf(0), xOf(1), yOf(1, height), yOf(0, height)]
  const ticks = [0, 0.25, 0.5, 0.75, 1]
  const grey = 'fill="#475569"'
  return [
    `<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="#94a3b8"/>`,
    ...ticks.map((tick) => text(xOf(tick), bottom + 18, String(tick), `text-anchor="middle" ${grey}`)),
    ...ticks.map((tick) => text(left - 8, yOf(tick, height) + 4, `${tick * 100} %`, `text-anchor="end" ${grey}`)),
    text((left + right) / 2, height - 12, 'Gini of the reviews given, by quarter', `text-anchor="middle" ${grey}`),
    text(left, top - 10, 'hit@3', grey),
  ]
}

/** Points may lie on each other, so they have numbers, and the names stand beside. */
function dot(cx: number, cy: number, number: number, colour: string): string {
  const label = text(cx, cy + 3, String(number), 'text-anchor="middle" fill="#fff" font-size="9"')
  return `<circle cx="${cx}" cy="${cy}" r="7" fill="${colour}" fill-opacity="0.85"/>\n${label}`
}

function legendLine({ label, colour }: Point, index: number): string[] {
  const [x, y] = [WIDTH - MARGIN.right + 30, MARGIN.top + index * LEGEND_LINE]
  return [dot(x, y, index + 1, colour), text(x + 14, y + 4, label, 'fill="#0f172a"')]
}

function xOf(gini: number): number {
  return Math.round(MARGIN.left + gini * (WIDTH - MARGIN.left - MARGIN.right))
}

function yOf(share: number, height: number): number {
  return Math.round(height - MARGIN.bottom - share * (height - MARGIN.top - MARGIN.bottom))
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${Bun.escapeHTML(content)}</text>`
}
