import { runCommand, type Command, type ExitCode } from './command.ts'

export type Recorded = { exitCode: ExitCode; printed: string; complaints: string; progress: string }

/** Runs a command for a test, in an environment of its own, and gives what it wrote. */
export async function recordCommand(
  command: Command,
  args: readonly string[],
  { environment = {}, isTTY = false }: { environment?: Readonly<Record<string, string>>; isTTY?: boolean } = {},
): Promise<Recorded> {
  const written = { printed: '', complaints: '', progress: '' }
  const exitCode = await runCommand(command, [...args], {
    environment,
    print: (text) => (written.printed += `${text}\n`),
    complain: (text) => (written.complaints += `${text}\n`),
    progress: { isTTY, write: (text) => (written.progress += text) },
  })
  return { exitCode, ...written }
}
