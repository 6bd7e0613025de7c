import { parseArgs } from 'node:util'
import { contextOf } from '../app.ts'
import type { Config } from '../config.ts'
import { replayDecisions, type ReplayReport } from '../features/reviews/index.ts'
import { openDatabase } from '../infra/db/database.ts'
import { migrationStatus } from '../infra/db/migrator.ts'
import { CommandError, startCommand, type Command } from './terminal/command.ts'
import { withConfiguredDatabase } from './terminal/database.ts'
import { startProgress, type Progress } from './terminal/progress.ts'
import { formatCount } from './terminal/table.ts'

type Difference = ReplayReport['differences'][number]

const DIFFERENCES_SHOWN = 10

export const replay: Command = {
  usage: `Makes every recorded decision of the configured database again, and compares them bit for bit.

Usage: npm run replay -- [options]

  --json    the result as JSON
  --help    this text

Exit code 1 when a decision comes out otherwise.`,
  async run(args, terminal) {
    const { values } = parseArgs({ args, options: { json: { type: 'boolean', default: false } } })
    const progress = startProgress('Replaying', terminal.progress)
    const report = await withConfiguredDatabase(terminal, (url, config) => replayAll(url, config, progress)).finally(
      progress.end,
    )
    terminal.print(values.json ? JSON.stringify(jsonOf(report), null, 2) : textOf(report))
    return report.differences.length === 0 ? 0 : 1
  },
}

async function replayAll(url: string, config: Config, progress: Progress): Promise<ReplayReport> {
  await refuseOldSchema(url)
  const db = openDatabase({
    url,
    poolSize: config.DATABASE_POOL_SIZE,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    onError: () => undefined,
  })
  try {
    return await replayDecisions(contextOf(db), progress.show)
  } finally {
    await db.close()
  }
}

async function refuseOldSchema(url: string): Promise<void> {
  const isPending = (await migrationStatus(url)).some(({ executedAt }) => executedAt === undefined)
  if (isPending) throw new CommandError('The database lacks a migration. Apply it first: npm run migrate -- up')
}

function textOf({ replayed, differences }: ReplayReport): string {
  const summary = `${formatCount(replayed)} decisions decided again, ${formatCount(differences.length)} differ.`
  const shown = differences.slice(0, DIFFERENCES_SHOWN).map(explain)
  const more = differences.length - shown.length
  return [summary, ...shown, ...(more > 0 ? [`  and ${formatCount(more)} more`] : [])].join('\n')
}

function explain({ record, again }: Difference): string {
  const { decision } = record
  const fields = Object.keys(decision) as (keyof typeof decision)[]
  const changed = fields.filter((field) => JSON.stringify(decision[field]) !== JSON.stringify(again[field]))
  const lines = changed.map(
    (field) => `    ${field}: recorded ${JSON.stringify(decision[field])}, now ${JSON.stringify(again[field])}`,
  )
  const title = `  ${record.pullRequestId}, decision ${record.number} (${decision.kind} in ${decision.teamName}, ${decision.policy})`
  return [title, ...lines].join('\n')
}

function jsonOf({ replayed, differences }: ReplayReport): object {
  return {
    replayed,
    differing: differences.length,
    differences: differences.slice(0, DIFFERENCES_SHOWN).map(({ record, again }) => ({
      pull_request_id: record.pullRequestId,
      number: record.number,
      recorded: record.decision,
      again,
    })),
  }
}

if (import.meta.main) await startCommand(replay)
