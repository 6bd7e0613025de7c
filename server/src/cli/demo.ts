import { parseArgs } from 'node:util'
import { connect, urlHelp } from './api/client.ts'
import { countSteps, fill } from './demo/fill.ts'
import { MAX_TEAMS, planDemo, type DemoSize } from './demo/plan.ts'
import { demoJson, demoText, type DemoReport } from './demo/report.ts'
import { startCommand, UsageError, type Command } from './terminal/command.ts'
import { wholeNumberOption } from './terminal/options.ts'
import { secondsSince, withProgress } from './terminal/progress.ts'

export const demo: Command = {
  usage: `Fills a running Tandem with a made-up organisation, through its public API.

Usage: npm run demo -- [options]

  ${urlHelp}
  --teams N            teams (default 20)
  --users N            people in all teams together (default 4000)
  --pull-requests N    pull requests of each team (default 50)
  --seed N             another seed makes another organisation (default 1)
  --json               the summary as JSON
  --help               this text

Running it again with the same numbers changes nothing.`,
  async run(args, terminal) {
    const { values } = parseArgs({
      args,
      options: {
        url: { type: 'string' },
        teams: { type: 'string', default: '20' },
        users: { type: 'string', default: '4000' },
        'pull-requests': { type: 'string', default: '50' },
        seed: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
      },
    })
    const plan = planDemo(sizeOf(values))
    const client = await connect(values.url, terminal.environment)
    const startedMs = performance.now()
    const steps = { label: 'Filling', total: countSteps(plan), output: terminal.progress }
    const result = await withProgress(steps, (advance) => fill(client, plan, advance))
    const seconds = secondsSince(startedMs)
    const requests = client.requestCount()
    const stats = await client.get<DemoReport['stats']>('/stats/get', { limit: '1' })
    const report = { url: client.url, result, requests, seconds, stats }
    terminal.print(values.json ? JSON.stringify(demoJson(report), null, 2) : `\n${demoText(report, plan)}`)
    return 0
  },
}

function sizeOf(values: { teams: string; users: string; 'pull-requests': string; seed: string }): DemoSize {
  const size = {
    teams: wholeNumberOption('teams', values.teams, 1, MAX_TEAMS),
    users: wholeNumberOption('users', values.users, 1, 100_000),
    pullRequestsPerTeam: wholeNumberOption('pull-requests', values['pull-requests'], 0, 100_000),
    seed: wholeNumberOption('seed', values.seed, 0, 2 ** 32 - 1),
  }
  if (size.users < size.teams) throw new UsageError('--users must not be less than --teams: each team has somebody')
  return size
}

if (import.meta.main) await startCommand(demo)
