import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { connect, urlHelp } from './api/client.ts'
import { changesOf, type HistoryLine, type Reading, type Tally } from './git/changes.ts'
import { openClone, type Clone, type LogRange } from './git/git.ts'
import { DEFAULT_TRAILERS } from './git/message.ts'
import { createPeople, keyOf, readUsers } from './git/people.ts'
import { reportJson, reportText, type GitReport } from './git/report.ts'
import { sendHistory, type Sent } from './git/send.ts'
import { writeLines } from './git/write.ts'
import { CommandError, startCommand, UsageError, type Command, type Terminal } from './terminal/command.ts'
import { secondsSince, startProgress, type Progress } from './terminal/progress.ts'

export const importGit: Command = {
  usage: `Teaches a running Tandem who wrote and who reviewed what, from the commits of a git clone on this machine.

Usage: npm run import-git -- PATH [options]

  PATH                 a git clone
  ${urlHelp}
  --branch NAME        the branch, tag or commit to read (default HEAD)
  --since DATE         only commits from then on, as git log has it: 2024-01-01, 2.years.ago
  --repository NAME    what the repository is called in Tandem (default: the name of its folder)
  --trailer NAME,...   lines of a message that name reviewers (default ${DEFAULT_TRAILERS.join(',')})
  --users FILE         user ids by mail or name: a JSON object, or lines of "mail,user id"; without it, or for whom
                       it does not have, the user id is the mail in small letters
  --output FILE        write the history to a file instead of sending it: JSON lines, gzip where the name ends in .gz
  --dry-run            only count
  --json               the summary as JSON
  --help               this text

Merges are left out, and what programs wrote. People are known by their mail, as .mailmap has it. Running it again
imports what is new and leaves the rest as it is.`,
  async run(args, terminal) {
    const options = readOptions(args, terminal)
    const { range } = options
    const clone = openClone(options.path)
    const repository = options.repository ?? (await nameOf(clone, options.path))
    await requireCommits(clone, range, terminal)
    const target = await targetOf(options, repository, terminal)
    const startedMs = performance.now()
    const { total, reading } = await prepare(clone, options)
    const tally: Tally = { commits: 0, byBots: 0, withoutDate: 0, changes: 0, withReviewers: 0 }
    const people = new Set<string>()
    const progress = startProgress('Reading commits', terminal.progress)
    const lines = watched(changesOf(clone.commits(range), clone.mapped, reading, tally), people, () =>
      progress.show(tally.commits, total),
    )
    const sent = await finishing(progress, () => target.take(lines))
    const seconds = secondsSince(startedMs)
    const report: GitReport = { repository, target: target.name, tally, people: people.size, sent, seconds }
    terminal.print(options.isJson ? JSON.stringify(reportJson(report), null, 2) : `\n${reportText(report)}`)
    return 0
  },
}

type Options = {
  path: string
  url: string | undefined
  range: LogRange
  repository: string | undefined
  trailers: readonly string[]
  usersFile: string | null
  output: string | null
  isDryRun: boolean
  isJson: boolean
}

/** Where the history goes; `take` reads it to its end. */
type Target = { name: string; take: (lines: AsyncIterable<HistoryLine>) => Promise<Sent | null> }

function readOptions(args: string[], { environment }: Terminal): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      branch: { type: 'string', default: 'HEAD' },
      since: { type: 'string' },
      repository: { type: 'string' },
      trailer: { type: 'string' },
      users: { type: 'string' },
      output: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) throw new UsageError('Name one folder with a git clone.')
  if (values.branch === '') throw new UsageError('--branch must not be empty.')
  const trailers = values.trailer?.split(',').map((trailer) => trailer.trim().replace(/:$/, ''))
  if (trailers?.some((trailer) => !/^[a-z][a-z-]*$/i.test(trailer)) === true) {
    throw new UsageError('--trailer must be words like Reviewed-by, with commas between them.')
  }
  // npm runs scripts in the folder of package.json and says here from where it was called.
  const placed = (file: string) => resolve(environment['INIT_CWD'] ?? '', file)
  return {
    path: placed(path),
    url: values.url,
    range: { branch: values.branch, since: values.since ?? null },
    repository: values.repository,
    trailers: trailers ?? DEFAULT_TRAILERS,
    usersFile: values.users === undefined ? null : placed(values.users),
    output: values.output === undefined ? null : placed(values.output),
    isDryRun: values['dry-run'],
    isJson: values.json,
  }
}

/** The name of the clone's folder; a bare one is often called `name.git`. */
async function nameOf(clone: Clone, path: string): Promise<string> {
  const isBare = (await clone.ask('rev-parse', '--is-bare-repository')) === 'true'
  return basename(isBare ? path : await clone.ask('rev-parse', '--show-toplevel')).replace(/\.git$/, '')
}

async function requireCommits(clone: Clone, { branch }: LogRange, terminal: Terminal): Promise<void> {
  await clone.ask('rev-parse', '--verify', '--quiet', '--end-of-options', `${branch}^{commit}`).catch(() => {
    throw new CommandError(`There is no commit at ${JSON.stringify(branch)}.`)
  })
  if ((await clone.ask('rev-parse', '--is-shallow-repository')) === 'true') {
    terminal.complain('This clone is shallow: what is not in it is not imported. git fetch --unshallow gets the rest.')
  }
}

async function targetOf({ output, isDryRun, url }: Options, repository: string, terminal: Terminal): Promise<Target> {
  if (isDryRun) return { name: 'nowhere: only counted', take: readThrough }
  if (output !== null) return { name: output, take: (lines) => writeLines(output, lines) }
  const client = await connect(url, terminal.environment)
  return { name: client.url, take: (lines) => sendHistory(client.url, repository, lines) }
}

async function readThrough(lines: AsyncIterable<unknown>): Promise<null> {
  for await (const _ of lines);
  return null
}

/** Reads the authors first: how many commits there are, and whose a name without a mail is. */
async function prepare(clone: Clone, options: Options): Promise<{ total: number; reading: Reading }> {
  const users = options.usersFile === null ? new Map<string, string>() : await readUsers(options.usersFile)
  const mailOf = new Map<string, string>()
  let total = 0
  for await (const { name, mail } of clone.authors(options.range)) {
    total++
    // The newest come first, and theirs is the mail to go by.
    if (!mailOf.has(keyOf(name))) mailOf.set(keyOf(name), mail)
  }
  return { total, reading: { people: createPeople(users, mailOf), trailers: options.trailers } }
}

async function* watched(
  lines: AsyncIterable<HistoryLine>,
  people: Set<string>,
  advance: () => void,
): AsyncGenerator<HistoryLine> {
  for await (const line of lines) {
    people.add(line.author)
    for (const reviewer of line.reviewers) people.add(reviewer)
    advance()
    yield line
  }
  advance()
}

async function finishing<T>(progress: Progress, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    progress.end()
  }
}

if (import.meta.main) await startCommand(importGit)
