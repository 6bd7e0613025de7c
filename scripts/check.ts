import { resolve } from 'node:path'
import type { Counts } from './test-report.ts'
import { findTestFiles, TEST_TIMEOUT_MS } from './test.ts'

type Check = { name: string; tool: string; args: readonly string[] }

const root = resolve(import.meta.dir, '..')
const ARCHITECTURE = 'server/src/architecture.test.ts'
const CHECK_TIMEOUT_MS = 5 * 60_000

if (import.meta.main) {
  if (process.argv.includes('--fix')) await fix()
  const { failed } = await runChecks()
  process.exitCode = failed === 0 ? 0 : 1
}

/** Everything that can be said about the code without a database. Each check counts as one. */
export async function runChecks(): Promise<Counts> {
  const pureTests = await findTestFiles((path) => !path.endsWith('.db.test.ts') && path !== ARCHITECTURE)
  const results = await Promise.all([
    runCheck({ name: 'format', tool: 'oxfmt', args: ['--check'] }),
    runCheck({ name: 'lint', tool: 'oxlint', args: [] }),
    runCheck({ name: 'types', tool: 'tsc', args: [] }),
    runCheck({ name: 'dead code', tool: 'knip', args: ['--no-progress', '--no-config-hints'] }),
    runCheck({ name: 'architecture', tool: 'bun', args: testArguments([ARCHITECTURE]) }),
    runCheck({ name: 'pure tests', tool: 'bun', args: testArguments(pureTests) }),
  ])
  const failed = results.filter((isPassed) => !isPassed).length
  return { passed: results.length - failed, failed, skipped: 0 }
}

async function fix(): Promise<void> {
  await runTool('oxlint', ['--fix', '--silent'])
  const { isPassed, output } = await runTool('oxfmt', [])
  if (!isPassed) console.error(output)
}

async function runCheck({ name, tool, args }: Check): Promise<boolean> {
  const startedAt = performance.now()
  const { isPassed, output } = await runTool(tool, args)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${isPassed ? paint('✓', 32) : paint('✗', 31)} ${name.padEnd(13)} ${seconds.padStart(5)} s`)
  if (!isPassed) console.log(`${output.trim()}\n`)
  return isPassed
}

/** Runs the tool on Bun, so that it does not matter which Node there is. */
async function runTool(tool: string, args: readonly string[]): Promise<{ isPassed: boolean; output: string }> {
  const script = tool === 'bun' ? [] : ['--bun', resolve(root, 'node_modules/.bin', tool)]
  const child = Bun.spawn({
    cmd: [process.execPath, ...script, ...args],
    cwd: root,
    env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: CHECK_TIMEOUT_MS,
  })
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return { isPassed: (await child.exited) === 0, output: out + err }
}

function testArguments(files: readonly string[]): string[] {
  return ['test', '--parallel', '--only-failures', `--timeout=${TEST_TIMEOUT_MS}`, ...files.map((path) => `./${path}`)]
}

function paint(text: string, colour: number): string {
  return process.stdout.isTTY ? `\u001B[${colour}m${text}\u001B[0m` : text
}
