import { runChecks } from './check.ts'
import { withInstalledPostgres } from './installed-postgres.ts'
import { installProgram } from './installed-program.ts'
import { addCounts, closingLine, type Counts } from './test-report.ts'
import { findTestFiles, reportCoverage, runTests, withTestDatabase } from './test.ts'

const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 }

const counts: Counts[] = []

heading('Checks')
counts.push(await runChecks())

for (const program of ['redis-server', 'rabbitmq-server']) {
  if (await installProgram(program)) continue
  throw new Error(`There is no ${program}, and it cannot be installed: its tests would be skipped.`)
}

heading('All tests, on the embedded PostgreSQL')
const files = await findTestFiles(() => true)
counts.push(await withTestDatabase((databaseUrl) => runTests({ files, databaseUrl, withCoverage: true })))
await reportCoverage()

heading('Tests of the database, on an installed PostgreSQL')
const databaseTests = files.filter((path) => path.endsWith('.db.test.ts'))
const again = await withInstalledPostgres((databaseUrl) => runTests({ files: databaseTests, databaseUrl }))
counts.push(again ?? NOTHING)

const total = addCounts(counts)
console.log(`\n${closingLine(total)}`)
const isTested = counts.every(({ passed, failed }, index) => passed + failed > 0 || index === 2)
process.exitCode = total.failed === 0 && isTested ? 0 : 1

function heading(text: string): void {
  console.log(`\n── ${text} ──`)
}
