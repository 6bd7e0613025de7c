import { Glob } from 'bun'

export type Counts = { passed: number; failed: number; skipped: number }
export type Coverage = { path: string; percent: number; missing: string }

const MOST_COVERAGE_ROWS = 25

export function addCounts(all: readonly Counts[]): Counts {
  return all.reduce((sum, { passed, failed, skipped }) => ({
    passed: sum.passed + passed,
    failed: sum.failed + failed,
    skipped: sum.skipped + skipped,
  }))
}

/** The closing line that the build machine reads. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/**
 * Counts of a JUnit report. A test file that is not in it could not be loaded, or holds no test, and counts as one failure:
 * Bun names such a file only on the screen.
 */
export function readCounts(junit: string, testFiles: readonly string[]): Counts & { unreported: string[] } {
  const totals = /<testsuites\b[^>]*>/.exec(junit)?.[0] ?? ''
  const total = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(totals)?.[1] ?? 0)
  const reported = new Set([...junit.matchAll(/<testsuite\b[^>]*\bfile="([^"]*)"/g)].map(([, file]) => file))
  const unreported = testFiles.filter((file) => !reported.has(file))
  const [tests, failures, skipped] = [total('tests'), total('failures'), total('skipped')]
  return { passed: tests - failures - skipped, failed: failures + unreported.length, skipped, unreported }
}

/** Files of the server that are not wholly covered, worst first; a file that no test loads counts as not covered at all. */
export async function findUncovered(root: string, lcov: string): Promise<Coverage[]> {
  const measured = new Map(lcov.split('end_of_record').map(readRecord))
  const paths = await Array.fromAsync(new Glob('server/src/**/*.ts').scan(root))
  const counted = paths.filter((path) => !path.endsWith('.test.ts') && !path.startsWith('server/src/testing/'))
  const rows = counted.map(async (path) => {
    const lines = measured.get(path)
    if (lines !== undefined) return { path, ...coverageOf(lines) }
    const holdsCode = hasCode(await Bun.file(`${root}/${path}`).text())
    return { path, percent: holdsCode ? 0 : 100, missing: 'no test loads it' }
  })
  const uncovered = (await Promise.all(rows)).filter(({ percent }) => percent < 100)
  return uncovered.toSorted((a, b) => a.percent - b.percent || (a.path < b.path ? -1 : 1))
}

export function coverageReport(uncovered: readonly Coverage[]): string {
  if (uncovered.length === 0) return 'Every line of server/src is covered.'
  const shown = uncovered.slice(0, MOST_COVERAGE_ROWS)
  const width = Math.max(...shown.map(({ path }) => path.length))
  const rows = shown.map(({ path, percent, missing }) => {
    return `  ${path.padEnd(width)}  ${String(Math.floor(percent)).padStart(3)} %  ${shorten(missing)}`
  })
  const more = uncovered.length - shown.length
  return ['Not covered by tests:', ...rows, ...(more > 0 ? [`  … and ${more} more files`] : [])].join('\n')
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, text.lastIndexOf(' ', 60))} …`
}

/** Types alone leave no code behind, and nothing to cover. */
function hasCode(text: string): boolean {
  const code = new Bun.Transpiler({ loader: 'ts', deadCodeElimination: false }).transformSync(text)
  return code.replace(/export\s*\{\s*\};?/g, '').trim() !== ''
}

function readRecord(record: string): [string, Map<number, number>] {
  const path = /^SF:(.*)$/m.exec(record)?.[1] ?? ''
  return [
    path,
    new Map([...record.matchAll(/^DA:(\d+),(\d+)/gm)].map(([, line, hits]) => [Number(line), Number(hits)])),
  ]
}

function coverageOf(lines: ReadonlyMap<number, number>): { percent: number; missing: string } {
  const numbers = [...lines.keys()].toSorted((a, b) => a - b)
  const missed = numbers.filter((line) => lines.get(line) === 0)
  return { percent: numbers.length === 0 ? 100 : 100 * (1 - missed.length / numbers.length), missing: rangesOf(missed) }
}

function rangesOf(lines: readonly number[]): string {
  const starts = lines.filter((line, index) => lines[index - 1] !== line - 1)
  const ends = lines.filter((line, index) => lines[index + 1] !== line + 1)
  return starts.map((start, index) => (start === ends[index] ? `${start}` : `${start}-${ends[index]}`)).join(', ')
}
