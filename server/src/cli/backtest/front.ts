import type { FileReport } from './report.ts'

const WIDTH = 720
const HEIGHT = 420
const MARGIN = { left: 60, right: 200, top: 40, bottom: 50 }
const COLOURS = ['#2563eb', '#d97706', '#059669', '#be185d', '#7c3aed', '#475569']

type Point = { label: string; x: number; y: number; colour: string }

/** Accuracy (hit@3) against concentration (Gini) as SVG: better is higher, fairer is further left. */
export function asFront(reports: readonly FileReport[]): string {
  const points = reports.flatMap(({ file, measures }, index) =>
    measures.flatMap(({ name, gini, hitAt3 }): Point[] => {
      if (gini === null || hitAt3 === null) return []
      const label = reports.length === 1 ? name : `${name} (${file.split('/').at(-1)})`
      return [{ label, x: gini, y: hitAt3, colour: COLOURS[index % COLOURS.length]! }]
    }),
  )
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(MARGIN.left, 22, 'Accuracy against concentration', 'font-weight="600" font-size="14"'),
    ...axes(),
    ...points.map(dot),
    '</svg>',
  ]
  return `${lines.join('\n')}\n`
}

function axes(): string[] {
  const [left, right, top, bottom] = [xOf(0), xOf(1), yOf(1), yOf(0)]
  const ticks = [0, 0.25, 0.5, 0.75, 1]
  return [
    `<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="#94a3b8"/>`,
    ...ticks.map((tick) => text(xOf(tick), bottom + 18, String(tick), 'text-anchor="middle" fill="#475569"')),
    ...ticks.map((tick) => text(left - 8, yOf(tick) + 4, `${tick * 100} %`, 'text-anchor="end" fill="#475569"')),
    text(
      (left + right) / 2,
      HEIGHT - 12,
      'Gini of the reviews given, by quarter',
      'text-anchor="middle" fill="#475569"',
    ),
    text(left, top - 8, 'hit@3', 'fill="#475569"'),
  ]
}

function dot({ label, x, y, colour }: Point): string {
  const [cx, cy] = [xOf(x), yOf(y)]
  return `<circle cx="${cx}" cy="${cy}" r="4" fill="${colour}"/>\n${text(cx + 8, cy + 4, label, 'fill="#0f172a" font-size="11"')}`
}

function xOf(gini: number): number {
  return Math.round(MARGIN.left + gini * (WIDTH - MARGIN.left - MARGIN.right))
}

function yOf(share: number): number {
  return Math.round(HEIGHT - MARGIN.bottom - share * (HEIGHT - MARGIN.top - MARGIN.bottom))
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${Bun.escapeHTML(content)}</text>`
}
