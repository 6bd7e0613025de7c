import { withBench } from './bench.ts'
import { describeMachine } from './machine/describe.ts'
import { readOptions, UsageError, type Options } from './options.ts'
import { compareReports } from './report/compare.ts'
import { writeDocs } from './report/docs.ts'
import { createProgress, type Progress } from './report/progress.ts'
import { asJson, readReport, saveReport, type Report, type Result } from './report/report.ts'
import { asText } from './report/table.ts'
import type { Judgement, Scenario } from './scenario.ts'
import { bulkDeactivation } from './scenarios/bulk-deactivation.ts'
import { chat } from './scenarios/chat.ts'
import { coldWarm } from './scenarios/cold-warm.ts'
import { createByTeamSize } from './scenarios/create-by-team-size.ts'
import { everything } from './scenarios/everything.ts'
import { expertise } from './scenarios/expertise.ts'
import { idleConnections } from './scenarios/idle-connections.ts'
import { openLoop } from './scenarios/open-loop.ts'
import { overload } from './scenarios/overload.ts'
import { processes } from './scenarios/processes.ts'
import { profile } from './scenarios/profile.ts'
import { referenceLoad } from './scenarios/reference-load.ts'
import { replay } from './scenarios/replay.ts'
import { scale } from './scenarios/scale.ts'
import { soak } from './scenarios/soak.ts'

const ratios = [createByTeamSize, bulkDeactivation, replay]
const further = [
  openLoop,
  overload,
  scale,
  processes,
  coldWarm,
  idleConnections,
  chat,
  expertise,
  everything,
  soak,
  profile,
]
const scenarios: readonly Scenario[] = [referenceLoad, ...ratios, ...further]
const names = scenarios.map(({ name }) => name)

const USAGE = `npm run bench [-- SCENARIO...] [options]

Measures Tandem on servers and embedded PostgreSQLs of its own, with durable settings, and says which promises hold.
Without a name: ${[referenceLoad, ...ratios].map(({ name }) => name).join(', ')}, about 3 minutes;
with --quick only ${referenceLoad.name}, about 40 seconds.

Scenarios:
${scenarios.map(({ name, about }) => `  ${name.padEnd(20)} ${about}`).join('\n')}

Options:
  --quick              shorter runs, more noise
  --save               write bench/results/<time>.json and bring docs/performance.md up to date
  --json               print JSON only
  --compare A B        compare two recorded runs, by path or by name in bench/results
  --docs               only write docs/performance.md anew from the recorded runs
  --rate N             requests a second of open-loop
  --soak [MINUTES]     run soak, for 10 minutes if none are given
  --generators N       processes that make the load; 2
  --log-level LEVEL    LOG_LEVEL of the server; warn

Exit code 0: every promise holds; 1: one does not, or something failed; 2: wrong arguments.
`

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), names)
  if (options.isHelp) return print(USAGE)
  if (options.isDocs) {
    await writeDocs(names)
    return print('docs/performance.md is up to date with bench/results.')
  }
  if (options.compare !== null) {
    const [first, second] = await Promise.all(options.compare.map(readReport))
    return print(compareReports(first!, second!).map(asText).join('\n\n'))
  }
  const report = await runAll(chosen(options), options)
  if (options.isJson) console.log(asJson(report))
  if (options.isSaved) await save(report)
  return report.results.every(({ judgements }) => judgements.every(({ holds }) => holds)) ? 0 : 1
}

function print(text: string): number {
  console.log(text)
  return 0
}

function chosen({ scenarios: wanted, isQuick }: Options): readonly Scenario[] {
  if (wanted.length > 0) return scenarios.filter(({ name }) => wanted.includes(name))
  return isQuick ? [referenceLoad] : [referenceLoad, ...ratios]
}

async function runAll(toRun: readonly Scenario[], options: Options): Promise<Report> {
  const progress = createProgress(process.stderr.isTTY, (text) => void process.stderr.write(text))
  const results: Result[] = []
  let databaseVersion = 'unknown'
  for (const scenario of toRun) {
    if (!options.isJson) console.log(`\n${paint(scenario.name, 1)}: ${scenario.about}\n`)
    const { result, postgres } = await runScenario(scenario, options, progress)
    if (!options.isJson) console.log(describe(result))
    results.push(result)
    databaseVersion = postgres
  }
  return {
    at: new Date().toISOString(),
    machine: describeMachine(databaseVersion),
    isQuick: options.isQuick,
    options: { generators: options.generators, logLevel: options.logLevel },
    results,
  }
}

async function runScenario(
  { name, run }: Scenario,
  options: Options,
  progress: Progress,
): Promise<{ result: Result; postgres: string }> {
  return await withBench(options, progress, async (bench) => {
    const outcome = await run(bench)
    return { result: { name, ...outcome }, postgres: bench.databaseVersion() }
  })
}

function describe({ figures, tables, judgements }: Result): string {
  const shownFigures = Object.entries(figures).map(([name, value]) => `  ${name.padEnd(26)} ${value}`)
  const body = tables === undefined ? [shownFigures.join('\n')] : tables.map(asText)
  return [...body, judgements.map(asLine).join('\n')].join('\n\n')
}

function asLine({ promise, measured, holds }: Judgement): string {
  return `${holds ? paint('✓', 32) : paint('✗', 31)} ${promise}: ${measured}`
}

function paint(text: string, code: number): string {
  return process.stdout.isTTY ? `\u001B[${code}m${text}\u001B[0m` : text
}

async function save(report: Report): Promise<void> {
  const file = await saveReport(report)
  await writeDocs(names)
  console.error(`Saved to ${file}; docs/performance.md is up to date.`)
}

try {
  process.exit(await main())
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message} See npm run bench -- --help.` : error)
  process.exit(error instanceof UsageError ? 2 : 1)
}
