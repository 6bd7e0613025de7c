import { bar, dot, gridLine, polyline, svg, text, type Colour } from './svg.ts'
import { shown } from './table.ts'

export type Bar = { label: string; value: number; colour: Colour }

const WIDTH = 760
const LABEL_WIDTH = 290
const VALUE_WIDTH = 90
const ROW = 30
const TOP = 64

/** Horizontal bars on a logarithmic scale that begins at the power of ten below the least value; groups stand apart. */
export function barChart(title: string, unit: string, groups: readonly (readonly Bar[])[]): string {
  const values = groups.flat().map(({ value }) => value)
  const from = 10 ** Math.floor(Math.log10(Math.min(...values)))
  const to = 10 ** Math.ceil(Math.log10(Math.max(...values, from * 10)))
  const left = LABEL_WIDTH
  const plot = WIDTH - LABEL_WIDTH - VALUE_WIDTH
  const xOf = (value: number) => left + (plot * Math.log10(value / from)) / Math.log10(to / from)
  const bottom = TOP + groups.flat().length * ROW + (groups.length - 1) * 14
  const parts = [text(`${unit}, logarithmic scale`, 24, 50, 'small')]
  for (let tick = from; tick <= to * 1.001; tick *= 10) {
    parts.push(
      gridLine(xOf(tick), TOP, xOf(tick), bottom),
      text(shown(tick), xOf(tick), bottom + 18, 'small', 'middle'),
    )
  }
  let y = TOP
  for (const group of groups) {
    for (const { label, value, colour } of group) {
      parts.push(
        text(label, left - 10, y + 19, '', 'end'),
        bar(colour, left, y + 5, xOf(value) - left, 20),
        text(shown(value), xOf(value) + 6, y + 19),
      )
      y += ROW
    }
    y += 14
  }
  return svg({ width: WIDTH, height: bottom + 36 }, title, parts)
}

export type Series = { label: string; colour: Colour; values: readonly number[] }
export type LinePlot = {
  title: string
  unit: string
  x: readonly number[]
  xLabel: string
  /** Begins at the first point, otherwise at zero. */
  isLogX?: boolean
  series: readonly Series[]
}

const HEIGHT = 300
const LEFT = 70
const RIGHT = 24

/** Lines from zero up; where there are few points, each has its dot and its place on the axis. */
export function lineChart({ title, unit, x, xLabel, isLogX = false, series }: LinePlot): string {
  const scale = isLogX ? Math.log10 : (value: number) => value
  const [first, last] = [isLogX ? scale(x[0] ?? 1) : 0, scale(x.at(-1) ?? 1)]
  const top = niceCeiling(Math.max(...series.flatMap(({ values }) => values)))
  const bottom = HEIGHT - 56
  const xOf = (value: number) => LEFT + ((WIDTH - LEFT - RIGHT) * (scale(value) - first)) / (last - first || 1)
  const yOf = (value: number) => bottom - ((bottom - TOP - 10) * value) / top
  const isSparse = x.length <= 12
  const xTicks = isSparse ? x : [0, 0.25, 0.5, 0.75, 1].map((part) => part * last)
  const parts = [
    text(unit, 24, 52, 'small'),
    text(xLabel, WIDTH - RIGHT, HEIGHT - 14, 'small', 'end'),
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((part) => [
      gridLine(LEFT, yOf(top * part), WIDTH - RIGHT, yOf(top * part)),
      text(shown(top * part), LEFT - 8, yOf(top * part) + 4, 'small', 'end'),
    ]),
    ...xTicks.map((tick, index) => text(shown(tick), xOf(tick), bottom + 20, 'small', anchorOf(index, xTicks.length))),
    ...series.map(({ label, colour }, index) => legend(label, colour, index)),
    ...series.flatMap(({ values, colour }) => [
      polyline(
        colour,
        values.map((value, index) => [xOf(x[index] ?? 0), yOf(value)] as const),
      ),
      ...(isSparse ? values.map((value, index) => dot(colour, xOf(x[index] ?? 0), yOf(value))) : []),
    ]),
  ]
  return svg({ width: WIDTH, height: HEIGHT }, title, parts)
}

function legend(label: string, colour: Colour, index: number): string {
  const x = LEFT + index * 170
  return `${bar(colour, x, HEIGHT - 24, 12, 12)}${text(label, x + 18, HEIGHT - 14, 'small')}`
}

function anchorOf(index: number, count: number): string {
  if (index === 0) return 'start'
  return index === count - 1 ? 'end' : 'middle'
}

/** The least round number that is not below the value and whose quarters are round too. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8].find((step) => step * power >= value) ?? 10) * power
}
