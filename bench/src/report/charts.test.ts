import { expect, test } from 'bun:test'
import { barChart, lineChart } from './charts.ts'

/** Throws unless every tag is closed in its order, every attribute quoted and every special character escaped. */
function checkWellFormed(xml: string): void {
  const open: string[] = []
  const tag = /<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<&]*(?:&\w+;[^"<&]*)*")*)\s*(\/?)>/gi
  const rest = xml.replaceAll(tag, (_, closing: string, name: string, _attributes, isEmpty: string) => {
    if (closing !== '') expect(open.pop()).toBe(name)
    else if (isEmpty === '') open.push(name)
    return ''
  })
  expect(open).toEqual([])
  expect(rest).not.toMatch(/[<>]|&(?!\w+;)/)
}

const bars = barChart('Reads & <writes>', 'a second', [
  [
    { label: 'the "field"', value: 93, colour: 'c' },
    { label: 'ours', value: 20_400, colour: 'a' },
  ],
  [{ label: 'writes', value: 5000, colour: 'b' }],
])

test('a bar chart is well-formed XML and says its title, its unit, its labels and its values', () => {
  checkWellFormed(bars)
  for (const shownText of ['Reads &amp; &lt;writes&gt;', 'a second', 'the &quot;field&quot;', '20,400', '5,000']) {
    expect(bars).toContain(shownText)
  }
})

test('on the logarithmic scale a bar begins at a power of ten and grows with its value', () => {
  const widths = [...bars.matchAll(/<rect class="[abc]" stroke="none" x="290" y="[\d.]+" width="([\d.]+)"/g)]
  const [field, ours, writes] = widths.map(([, width]) => Number(width))

  expect(field).toBeCloseTo((380 * Math.log10(93 / 10)) / Math.log10(100_000 / 10), 0)
  expect(ours!).toBeGreaterThan(writes!)
})

test('a line chart is well-formed XML with a point for each value', () => {
  const chart = lineChart({
    title: 'Memory',
    unit: 'MiB',
    x: [1, 10, 100],
    xLabel: 'seconds',
    isLogX: true,
    series: [{ label: 'resident', colour: 'a', values: [80, 120, 118] }],
  })

  checkWellFormed(chart)
  expect(chart.match(/points="([^"]+)"/)?.[1]?.split(' ')).toHaveLength(3)
  expect(chart.match(/<circle/g)).toHaveLength(3)
})

test('a chart is legible in a light and in a dark theme and asks nobody for fonts', () => {
  expect(bars).toContain('@media (prefers-color-scheme: dark)')
  expect(bars).toContain('class="card"')
  expect(bars).not.toMatch(/url\(|@import|href/)
})
