import { parseArgs } from 'node:util'
import { migrateDown, migrateUp, migrationStatus, type MigrationState } from '../infra/db/migrator.ts'
import { startCommand, UsageError, type Command } from './terminal/command.ts'
import { withConfiguredDatabase } from './terminal/database.ts'
import { formatTable } from './terminal/table.ts'

export const migrate: Command = {
  usage: `Changes the schema of the configured database (DATABASE_URL, else the embedded one). \`npm start\` does \`up\` by itself.

Usage: npm run migrate -- up | down | status [--json]

  up        applies every pending migration
  down      takes back the newest one, and loses the data it holds
  status    lists the migrations
  --json    the result as JSON
  --help    this text`,
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false } },
    })
    const verb = verbOf(positionals)
    const { json, text } = await withConfiguredDatabase(terminal, actions[verb])
    terminal.print(values.json ? JSON.stringify(json, null, 2) : text)
    return 0
  },
}

type Result = { json: object; text: string }

const actions = { up, down, status } satisfies Record<string, (url: string) => Promise<Result>>

function verbOf([verb, ...more]: readonly string[]): keyof typeof actions {
  if (verb === undefined) throw new UsageError('Say what to do: up, down or status.')
  if (verb in actions && more.length === 0) return verb as keyof typeof actions
  throw new UsageError(`Nothing is called ${JSON.stringify([verb, ...more].join(' '))}.`)
}

async function up(url: string): Promise<Result> {
  const applied = await migrateUp(url)
  const text = applied.length === 0 ? 'Nothing to apply: the schema is up to date.' : `Applied ${applied.join(', ')}.`
  return { json: { applied }, text }
}

async function down(url: string): Promise<Result> {
  const takenBack = await migrateDown(url)
  const text = takenBack.length === 0 ? 'Nothing to take back.' : `Took back ${takenBack.join(', ')}.`
  return { json: { taken_back: takenBack }, text }
}

async function status(url: string): Promise<Result> {
  const migrations = await migrationStatus(url)
  const applied = (migration: MigrationState) => migration.executedAt?.toISOString() ?? null
  return {
    json: { migrations: migrations.map((migration) => ({ name: migration.name, applied_at: applied(migration) })) },
    text: formatTable(
      ['migration', 'applied'],
      migrations.map((migration) => [migration.name, applied(migration) ?? 'pending']),
    ),
  }
}

if (import.meta.main) await startCommand(migrate)
