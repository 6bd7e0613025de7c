import { CommandError } from '../terminal/command.ts'
import { createLogParser, LOG_FORMAT, type Commit } from './commit-log.ts'
import type { Contact } from './message.ts'

export type LogRange = { branch: string; since: string | null }

/** Settings of the user must not change what git writes. */
const PLAIN = ['-c', 'core.quotePath=false', '-c', 'i18n.logOutputEncoding=UTF-8', '-c', 'log.showSignature=false']
const LOG = ['log', '--no-merges', '--no-color', '--no-notes', '-z']
const DETAILS = ['--reverse', '--raw', '--numstat', '-M', '-l1000', '--no-ext-diff', '--no-textconv', '--no-abbrev']

/** A clone on this machine. Every command is run as it is, by no shell. */
export type Clone = {
  /** What git answers, without the line break at its end. */
  ask: (...args: string[]) => Promise<string>
  /** Non-merge commits, oldest first, read no faster than they are asked for. */
  commits: (range: LogRange) => AsyncGenerator<Commit>
  /** Name and mail of the author of every such commit, newest first. */
  authors: (range: LogRange) => AsyncGenerator<Contact>
  /** The contacts as the mailmap has them, in the same order; all with a name and a mail. */
  mapped: (contacts: readonly Contact[]) => Promise<Contact[]>
}

export function openClone(path: string): Clone {
  if (Bun.which('git') === null) throw new CommandError('git is not installed, or not on the PATH.')
  const command = (args: readonly string[]) => ['git', '-C', path, ...PLAIN, ...args]
  return {
    async ask(...args) {
      return (await outputOf(command(args))).trimEnd()
    },
    async *commits(range) {
      const parser = createLogParser()
      for await (const token of tokensOf(command([...LOG, ...DETAILS, `--format=${LOG_FORMAT}`, ...limits(range)]))) {
        const commit = parser.take(token)
        if (commit !== null) yield commit
      }
      const last = parser.end()
      if (last !== null) yield last
    },
    async *authors(range) {
      let name: string | null = null
      for await (const token of tokensOf(command([...LOG, '--format=%aN%x00%aE', ...limits(range)]))) {
        if (name === null) name = token
        else {
          yield { name, mail: token }
          name = null
        }
      }
    },
    async mapped(contacts) {
      if (contacts.length === 0) return []
      const lines = contacts.map(({ name, mail }) => `${name} <${mail}>\n`).join('')
      const answer = await outputOf(command(['check-mailmap', '--stdin']), lines)
      return answer.split('\n', contacts.length).map((line, index) => {
        const [, name = '', mail = ''] = /^(.*?)\s*<([^<>]*)>$/.exec(line) ?? []
        return mail === '' ? contacts[index]! : { name, mail }
      })
    },
  }
}

function limits({ branch, since }: LogRange): string[] {
  return [...(since === null ? [] : [`--since=${since}`]), '--end-of-options', branch, '--']
}

async function outputOf(cmd: string[], input = ''): Promise<string> {
  const child = Bun.spawn({ cmd, stdin: Buffer.from(input), stdout: 'pipe', stderr: 'pipe' })
  const [output, complaint] = await Promise.all([child.stdout.text(), child.stderr.text()])
  if ((await child.exited) !== 0) throw refused(complaint)
  return output
}

/** The texts between NULs. Whoever stops reading ends the process. */
async function* tokensOf(cmd: string[]): AsyncGenerator<string> {
  const child = Bun.spawn({ cmd, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const complaint = child.stderr.text()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const chunk of child.stdout) {
      const tokens = (rest + decoder.decode(chunk, { stream: true })).split('\0')
      rest = tokens.pop()!
      yield* tokens
    }
    if ((await child.exited) !== 0) throw refused(await complaint)
    if (rest !== '') yield rest
  } finally {
    child.kill()
  }
}

function refused(complaint: string): CommandError {
  return new CommandError(`git says: ${complaint.trim() || 'nothing, but fails'}`)
}
