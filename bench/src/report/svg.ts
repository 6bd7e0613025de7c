/** Plain SVG: a card with its own background, in the colours of the reader's light or dark theme, and system fonts. */
export type Size = { width: number; height: number }

const STYLE = `
  .card { fill: #ffffff; stroke: #d0d7de }
  .grid { stroke: #d8dee4; stroke-width: 1 }
  text { fill: #1f2328; font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif }
  .title { font-size: 16px; font-weight: 600 }
  .small { fill: #59636e; font-size: 12px }
  .a { fill: #0969da; stroke: #0969da }
  .b { fill: #bc4c00; stroke: #bc4c00 }
  .c { fill: #6e7781; stroke: #6e7781 }
  .line { fill: none; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    .card { fill: #151b23; stroke: #3d444d }
    .grid { stroke: #30363d }
    text { fill: #f0f6fc }
    .small { fill: #9198a1 }
    .a { fill: #4493f8; stroke: #4493f8 }
    .b { fill: #f0883e; stroke: #f0883e }
    .c { fill: #9198a1; stroke: #9198a1 }
  }`

export type Colour = 'a' | 'b' | 'c'

export function svg({ width, height }: Size, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}
</style>
<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${text(title, 24, 32, 'title')}
${parts.join('\n')}
</svg>
`
}

export function text(content: string, x: number, y: number, className = '', anchor = 'start'): string {
  return `<text class="${className}" x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escaped(content)}</text>`
}

export function bar(colour: Colour, x: number, y: number, width: number, height: number): string {
  return `<rect class="${colour}" stroke="none" x="${at(x)}" y="${at(y)}" width="${at(Math.max(0, width))}" height="${at(height)}" rx="2"/>`
}

export function gridLine(x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="grid" x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}"/>`
}

export function polyline(colour: Colour, points: readonly (readonly [number, number])[]): string {
  return `<polyline class="${colour} line" points="${points.map(([x, y]) => `${at(x)},${at(y)}`).join(' ')}" style="fill: none"/>`
}

export function dot(colour: Colour, x: number, y: number): string {
  return `<circle class="${colour}" cx="${at(x)}" cy="${at(y)}" r="3.5"/>`
}

/** Coordinates to a tenth of a pixel. */
function at(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
