import { open, rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { CommandError } from '../terminal/command.ts'

/** Writes the history as JSON lines, gzip where the name ends in .gz. The file is there only once it is whole. */
export async function writeLines(path: string, lines: AsyncIterable<object>): Promise<null> {
  const partial = `${path}.partial`
  const file = await open(partial, 'w').catch((error: Error) => {
    throw new CommandError(`Cannot write ${path}: ${error.message}`, { cause: error })
  })
  const text = Readable.from(textOf(lines))
  try {
    if (path.endsWith('.gz')) await pipeline(text, createGzip(), file.createWriteStream())
    else await pipeline(text, file.createWriteStream())
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
  return null
}

async function* textOf(lines: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify(line)}\n`
}
