import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { connect, urlHelp } from './api/client.ts'
import { compare } from './history/compare.ts'
import { eventsOf } from './history/events.ts'
import { readHistory } from './history/read.ts'
import { replay } from './history/replay.ts'
import { importJson, importText, type ImportReport } from './history/report.ts'
import { teamsOf } from './history/teams.ts'
import { startCommand, UsageError, type Command } from './terminal/command.ts'
import { wholeNumberOption } from './terminal/options.ts'
import { secondsSince, withProgress } from './terminal/progress.ts'

const MAX_PREFIX = 50

export const importHistory: Command = {
  usage: `Replays a review history through the public API of a running Tandem, and sets what it assigned beside what
really happened.

Usage: npm run import -- FILE [options]

  FILE                 JSON lines, plain or gzip: {pr, at, authored, author, reviewers[], files[]}
  ${urlHelp}
  --limit N            only the first N changes
  --only-reviewers     only those who reviewed in the history may be chosen; all others are added as inactive
  --prefix P           put before every id and team name (default: the name of the file and a slash)
  --json               the result as JSON
  --help               this text

Running it again with the same file and options changes nothing.`,
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        limit: { type: 'string' },
        'only-reviewers': { type: 'boolean', default: false },
        prefix: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    const [file, ...more] = positionals
    const whoMayReview = values['only-reviewers'] ? 'reviewers' : 'everybody'
    if (file === undefined || more.length > 0) throw new UsageError('Name one file to import.')
    const limit = values.limit === undefined ? Infinity : wholeNumberOption('limit', values.limit, 1, 1_000_000_000)
    const prefix = checkPrefix(values.prefix ?? defaultPrefix(file))

    // npm runs scripts in the folder of package.json and says here from where it was called.
    const { changes, repeated } = await readHistory(resolve(terminal.environment['INIT_CWD'] ?? '', file), limit)
    const teams = teamsOf(changes, whoMayReview)
    const events = eventsOf(changes)
    const client = await connect(values.url, terminal.environment)
    const startedMs = performance.now()
    const steps = { label: 'Replaying', total: teams.length + events.length, output: terminal.progress }
    const replayed = await withProgress(steps, (advance) => replay(client, { teams, events, prefix }, advance))
    const report: ImportReport = {
      file: basename(file),
      url: client.url,
      prefix,
      whoMayReview,
      repeated,
      replayed,
      comparison: compare({ changes, teams, events }, replayed.reviewers),
      requests: client.requestCount(),
      seconds: secondsSince(startedMs),
    }
    terminal.print(values.json ? JSON.stringify(importJson(report), null, 2) : `\n${importText(report)}`)
    return 0
  },
}

function defaultPrefix(file: string): string {
  return `${basename(file)
    .replace(/\.jsonl?(\.gz)?$|\.gz$/, '')
    .slice(0, MAX_PREFIX - 1)}/`
}

function checkPrefix(prefix: string): string {
  if (prefix.length <= MAX_PREFIX) return prefix
  throw new UsageError(`--prefix must not be longer than ${MAX_PREFIX} characters.`)
}

if (import.meta.main) await startCommand(importHistory)
