import { StartupError } from '../../shared/errors.ts'

/** The command cannot go on; the message tells a person what to do next and is printed without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** The command was called in a wrong way; its usage is printed below the message. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Where progress goes: redrawn in place on a terminal, plain lines elsewhere. */
export type ProgressOutput = { isTTY: boolean; write: (text: string) => void }

/** Everything outside that a command may see. */
export type Terminal = {
  environment: Readonly<Record<string, string | undefined>>
  /** Results, to standard output. */
  print: (text: string) => void
  /** Everything else, to standard error, so that results can be piped on. */
  complain: (text: string) => void
  progress: ProgressOutput
}

export type Command = {
  usage: string
  run: (args: string[], terminal: Terminal) => Promise<ExitCode>
}

/** 0 well done, 1 not done or not as it should be, 2 called in a wrong way. */
export type ExitCode = 0 | 1 | 2

export async function runCommand({ usage, run }: Command, args: string[], terminal: Terminal): Promise<ExitCode> {
  if (args.includes('--help') || args.includes('-h')) {
    terminal.print(usage)
    return 0
  }
  try {
    return await run(args, terminal)
  } catch (error) {
    if (isWrongUse(error)) {
      terminal.complain(`${error.message}\n\n${usage}`)
      return 2
    }
    if (!(error instanceof CommandError || error instanceof StartupError)) throw error
    terminal.complain(error.message)
    return 1
  }
}

/** Runs the command as this process, and ends it. */
export async function startCommand(command: Command): Promise<never> {
  const terminal: Terminal = {
    environment: process.env,
    print: (text) => console.log(text),
    complain: (text) => console.error(text),
    progress: { isTTY: process.stderr.isTTY, write: (text) => process.stderr.write(text) },
  }
  try {
    process.exit(await runCommand(command, process.argv.slice(2), terminal))
  } catch (error) {
    console.error(error)
    process.exit(1)
  }
}

function isWrongUse(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  return error instanceof UsageError || (typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS_'))
}
