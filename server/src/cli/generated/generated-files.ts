import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import type { Command } from '../terminal/command.ts'

/** A committed file that is made from the code. */
export type GeneratedFile = { path: string; text: string }

const ROOT = join(import.meta.dir, '../../../..')

export function pathFromRoot(path: string): string {
  return join(ROOT, path)
}

/** The files that are not what the code makes them now. */
export async function outdatedFiles(files: readonly GeneratedFile[]): Promise<GeneratedFile[]> {
  const isOutdated = await Promise.all(files.map(async ({ path, text }) => (await readIfThere(path)) !== text))
  return files.filter((_, index) => isOutdated[index])
}

/** A command that writes the files, or with `--check` only says whether they are up to date. */
export function generatingCommand(
  script: string,
  what: string,
  generate: () => GeneratedFile[] | Promise<GeneratedFile[]>,
): Command {
  return {
    usage: `Writes ${what}.

Usage: npm run ${script} -- [options]

  --check    writes nothing; exit code 1 when something is out of date
  --help     this text`,
    async run(args, terminal) {
      const { values } = parseArgs({ args, options: { check: { type: 'boolean', default: false } } })
      const outdated = await outdatedFiles(await generate())
      const names = outdated.map(({ path }) => relative(ROOT, path)).join(', ')
      if (values.check && outdated.length > 0) {
        terminal.complain(`Out of date: ${names}. Run: npm run ${script}`)
        return 1
      }
      for (const { path, text } of outdated) await Bun.write(path, text)
      terminal.print(outdated.length === 0 ? 'Up to date.' : `Wrote ${names}.`)
      return 0
    },
  }
}

async function readIfThere(path: string): Promise<string | null> {
  const file = Bun.file(path)
  return (await file.exists()) ? await file.text() : null
}
