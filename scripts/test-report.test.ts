import { expect, test } from 'bun:test'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { addCounts, closingLine, coverageReport, findUncovered, readCounts } from './test-report.ts'

const JUNIT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="8" assertions="3" failures="3" skipped="2" time="0.05">
  <testsuite name="a.test.ts" file="server/src/a.test.ts" tests="4" assertions="2" failures="1" skipped="2">
    <testsuite name="group" file="server/src/a.test.ts" line="3" tests="1" failures="0" skipped="0"></testsuite>
  </testsuite>
  <testsuite name="b.test.ts" file="server/src/b.test.ts" tests="4" failures="2" skipped="0"></testsuite>
</testsuites>`

test('tests are counted as the report of the runner says', () => {
  const counts = readCounts(JUNIT, ['server/src/a.test.ts', 'server/src/b.test.ts'])

  expect(counts).toEqual({ passed: 3, failed: 3, skipped: 2, unreported: [] })
})

test('a test file that could not be loaded counts as a failure', () => {
  const counts = readCounts(JUNIT, ['server/src/a.test.ts', 'server/src/broken.test.ts'])

  expect(counts).toMatchObject({ failed: 4, unreported: ['server/src/broken.test.ts'] })
})

test('a runner that left no report has run none of its files', () => {
  expect(readCounts('', ['server/src/a.test.ts'])).toMatchObject({ passed: 0, failed: 1 })
})

test('the closing line names skipped tests only where there are some', () => {
  const some = { passed: 1, failed: 2, skipped: 0 }

  expect(closingLine(some)).toBe('1 passed, 2 failed')
  expect(closingLine(addCounts([some, { passed: 10, failed: 0, skipped: 3 }]))).toBe('11 passed, 2 failed, 3 skipped')
})

test('what no test covers is named with its lines, worst first, without tests, types and the wholly covered', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tandem-report-'))
  await write(root, {
    'server/src/whole.ts': 'start()',
    'server/src/part.ts': 'start()',
    'server/src/never-loaded.ts': 'export function start() {}',
    'server/src/types.ts': `import type { A } from './a.ts'\nexport type B = A`,
    'server/src/part.test.ts': 'start()',
    'server/src/testing/builder.ts': 'start()',
  })
  const lcov = [
    'TN:\nSF:server/src/whole.ts\nDA:1,3\nLF:1\nLH:1\nend_of_record',
    'TN:\nSF:server/src/part.ts\nDA:1,3\nDA:2,0\nDA:3,0\nDA:5,1\nDA:9,0\nend_of_record',
  ].join('\n')

  const uncovered = await findUncovered(root, lcov)
  await rm(root, { recursive: true })

  expect(uncovered).toEqual([
    { path: 'server/src/never-loaded.ts', percent: 0, missing: 'no test loads it' },
    { path: 'server/src/part.ts', percent: 40, missing: '2-3, 9' },
  ])
})

test('a long report says how many files it leaves out', () => {
  const row = (index: number) => ({ path: `server/src/${index}.ts`, percent: 99.9, missing: '1' })
  const report = coverageReport(Array.from({ length: 30 }, (_, index) => row(index)))

  expect(report.split('\n')).toHaveLength(27)
  expect(report).toContain('server/src/0.ts    99 %  1')
  expect(report).toEndWith('… and 5 more files')
})

async function write(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await Bun.write(join(root, path), text)
  }
}
