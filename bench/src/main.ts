import { mkdir } from 'node:fs/promises'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Figures, Scenario } from './scenario.ts'
import { bulkDeactivation } from './scenarios/bulk-deactivation.ts'
import { createByTeamSize } from './scenarios/create-by-team-size.ts'
import { referenceLoad } from './scenarios/reference-load.ts'
import { replay } from './scenarios/replay.ts'
import { startServer } from './server.ts'

const scenarios: readonly Scenario[] = [createByTeamSize, bulkDeactivation, replay, referenceLoad]
const RESULTS = join(import.meta.dir, '../results')

const USAGE = `npm run bench [-- SCENARIO...] [--quick] [--save] [--json]

Measures Tandem on a server and an embedded PostgreSQL of its own and says which promises hold.

  --quick   fewer rounds
  --save    write the result to bench/results/
  --json    print JSON only

Scenarios (all without a name):
${scenarios.map(({ name, promise }) => `  ${name.padEnd(22)} ${promise}`).join('\n')}
`

type Result = { name: string; promise: string; holds: boolean; figures: Figures }

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean' },
      save: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  const unknown = positionals.filter((name) => !scenarios.some((scenario) => scenario.name === name))
  if (values.help === true || unknown.length > 0) {
    console.log(unknown.length > 0 ? `No scenario is called ${unknown.join(', ')}.\n\n${USAGE}` : USAGE)
    return unknown.length > 0 ? 2 : 0
  }
  const chosen = positionals.length === 0 ? scenarios : scenarios.filter(({ name }) => positionals.includes(name))
  const say = values.json === true ? () => undefined : console.log
  const results: Result[] = []
  for (const scenario of chosen) results.push(await runScenario(scenario, values.quick === true, say))
  const report = { at: new Date().toISOString(), machine: machine(), results }
  if (values.json === true) console.log(JSON.stringify(report, null, 2))
  if (values.save === true) await save(report, say)
  return results.every(({ holds }) => holds) ? 0 : 1
}

async function runScenario(scenario: Scenario, isQuick: boolean, say: (line: string) => void): Promise<Result> {
  const { name, promise } = scenario
  say(`\n${name}: ${promise}`)
  const server = await startServer()
  try {
    const figures = await scenario.measure(server, { isQuick })
    for (const [figure, value] of Object.entries(figures)) say(`  ${figure.padEnd(26)} ${value}`)
    const holds = scenario.holds(figures)
    say(holds ? '  ✓ holds' : '  ✗ does not hold')
    return { name, promise, holds, figures }
  } finally {
    await server.stop()
  }
}

function machine() {
  const [cpu] = cpus()
  return {
    cpu: cpu?.model,
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    bun: Bun.version,
  }
}

async function save(report: { at: string }, say: (line: string) => void): Promise<void> {
  await mkdir(RESULTS, { recursive: true })
  const file = join(RESULTS, `${report.at.slice(0, 19).replaceAll(':', '-')}.json`)
  await Bun.write(file, `${JSON.stringify(report, null, 2)}\n`)
  say(`\nSaved to ${file}`)
}

process.exit(await main())
