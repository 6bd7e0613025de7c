/** One line of a review history, as it stands in the file. */
export type HistoryLine = {
  pr: string
  at: string
  authored: string
  author: string
  reviewers: string[]
  files: string[]
}

const START_MS = Date.parse('2020-01-01T00:00:00Z')
const HOUR_MS = 3_600_000
const FOLDERS = ['src', 'src', 'src', 'test', 'docs']

/** A made-up history of `count` changes for tests: like real ones, a few people review nearly everything. */
export function syntheticHistory(count: number): HistoryLine[] {
  return Array.from({ length: count }, (_, index) => {
    const atMs = START_MS + index * HOUR_MS
    const author = `u${10 + ((index * 7) % 31)}`
    const folder = FOLDERS[((index * 7) % 31) % FOLDERS.length]!
    return {
      pr: String(1000 + index),
      at: timeOf(atMs),
      authored: timeOf(atMs - ((index * 13) % 97) * HOUR_MS),
      author,
      reviewers: index % 3 === 0 ? ['u1', 'u2'] : ['u1'],
      files: index % 10 === 0 ? ['README.md'] : [`${folder}/file-${index}.c`, `${folder}/unix/core.c`],
    }
  })
}

export function asJsonLines(lines: readonly HistoryLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
