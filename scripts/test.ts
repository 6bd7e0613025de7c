import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Glob } from 'bun'
import { startEmbeddedPostgres } from '../server/src/infra/db/embedded-postgres.ts'
import { closingLine, coverageReport, findUncovered, readCounts, type Counts } from './test-report.ts'

type TestRun = {
  /** Paths from the root of the repository. */
  files: readonly string[]
  databaseUrl?: string
  withCoverage?: boolean
  /** Shows only the tests that fail. */
  isQuiet?: boolean
  /** Further options of `bun test`. */
  options?: readonly string[]
}

const root = resolve(import.meta.dir, '..')
export const TEST_TIMEOUT_MS = 30_000
const RUN_TIMEOUT_MS = 20 * 60_000
// A database that may lose everything in a power cut answers much faster.
const DATABASE_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '500' }

if (import.meta.main) {
  const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'))
  const patterns = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
  const files = await findTestFiles((path) => patterns.length === 0 || patterns.some((text) => path.includes(text)))
  const isWhole = process.argv.length === 2
  if (files.length === 0) console.error('No test file matches.')
  const counts = await withTestDatabase((databaseUrl) =>
    runTests({ files, options, databaseUrl, isQuiet: isWhole, withCoverage: isWhole }),
  )
  if (isWhole) await reportCoverage()
  console.log(`\n${closingLine(counts)}`)
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1
}

export async function reportCoverage(): Promise<void> {
  const lcov = Bun.file(join(root, 'coverage/lcov.info'))
  if (await lcov.exists()) console.log(`\n${coverageReport(await findUncovered(root, await lcov.text()))}`)
}

export async function findTestFiles(isWanted: (path: string) => boolean): Promise<string[]> {
  const paths = await Array.fromAsync(new Glob('{server,bench,web,scripts}/**/*.test.ts').scan(root))
  return paths.filter((path) => !path.includes('node_modules/') && isWanted(path)).toSorted()
}

/** One PostgreSQL for the whole run, gone with it; TEST_DATABASE_URL names another server for it. */
export async function withTestDatabase<T>(use: (databaseUrl: string) => Promise<T>): Promise<T> {
  const external = process.env['TEST_DATABASE_URL']
  if (external !== undefined && external !== '') return await use(external)

  const folder = await mkdtemp(join(tmpdir(), 'tandem-test-'))
  await chmod(folder, 0o755) // PostgreSQL runs as another user when this process is root
  const dataDir = join(folder, 'data')
  const starting = startEmbeddedPostgres({ dataDir, settings: DATABASE_SETTINGS, onMessage: console.error })
  async function stop(): Promise<void> {
    await starting.then((postgres) => postgres.stop()).catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
  }
  const stopAndExit = () => void stop().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stopAndExit)
  try {
    return await use((await starting).url)
  } finally {
    await stop()
  }
}

/** Runs the files in as many processes as there are cores; a process that crashes or hangs is a failure. */
export async function runTests(run: TestRun): Promise<Counts> {
  const { files, databaseUrl, withCoverage = false, isQuiet = true, options = [] } = run
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 }
  const coverageFolder = join(root, 'coverage')
  await mkdir(coverageFolder, { recursive: true })
  if (withCoverage) await rm(join(coverageFolder, 'lcov.info'), { force: true })
  const coverage = ['--coverage', '--coverage-reporter=lcov', `--coverage-dir=${coverageFolder}`]
  const junitFile = join(coverageFolder, `junit-${crypto.randomUUID()}.xml`)
  const tests = Bun.spawn({
    cmd: [
      process.execPath,
      'test',
      '--parallel',
      ...(isQuiet ? ['--only-failures'] : []),
      `--timeout=${TEST_TIMEOUT_MS}`,
      '--reporter=junit',
      `--reporter-outfile=${junitFile}`,
      ...(withCoverage ? coverage : []),
      ...options,
      ...files.map((path) => `./${path}`),
    ],
    cwd: root,
    env: { ...process.env, NODE_ENV: 'test', ...(databaseUrl === undefined ? {} : { TEST_DATABASE_URL: databaseUrl }) },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: RUN_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  const stopTests = () => tests.kill('SIGTERM')
  process.once('SIGTERM', stopTests).once('SIGHUP', stopTests)
  const exitCode = await tests.exited
  process.off('SIGTERM', stopTests).off('SIGHUP', stopTests)
  const junit = Bun.file(junitFile)
  // An option such as --test-name-pattern may rightly leave a file without a test.
  const expected = options.length === 0 ? files : []
  const counts = readCounts((await junit.exists()) ? await junit.text() : '', expected)
  await rm(junitFile, { force: true })
  if (tests.signalCode !== null) console.error(`✗ the tests were ended by ${tests.signalCode}`)
  for (const file of counts.unreported) console.error(`✗ ${file} could not be run, or holds no test`)
  // A failure that belongs to no test, such as a crash of the runner itself, must not pass as success.
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}
