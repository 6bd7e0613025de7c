import { z } from 'zod'
import { CommandError } from '../terminal/command.ts'

/** A pull request as the history records it. */
export type Change = {
  id: string
  title: string
  authorId: string
  reviewerIds: readonly string[]
  /** When it was written and when it landed; never the other way round. */
  openedMs: number
  landedMs: number
  files: readonly string[]
  /** From, to. */
  renames: readonly (readonly [string, string])[]
  deleted: readonly string[]
  /** Added and deleted; null where the history does not tell. */
  lines: number | null
  /** How many of its files stand in each top-level folder. */
  filesByFolder: ReadonlyMap<string, number>
}

export type History = { changes: readonly Change[]; repeated: number }

export const FOLDER_OF_LOOSE_FILES = 'root'
const GZIP_MAGIC = [0x1f, 0x8b]
const MAX_TITLE = 200

const id = z.string().min(1, 'must not be empty').max(200, 'must not be longer than 200 characters')
const time = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'must be a time like 2018-11-28T05:59:01Z')
const Line = z.object({
  pr: id,
  at: time,
  authored: time.optional(),
  author: id,
  reviewers: z.array(id),
  files: z.array(z.string()).default([]),
  renames: z.array(z.tuple([z.string(), z.string()])).default([]),
  deleted: z.array(z.string()).default([]),
  additions: z.number().nonnegative().optional(),
  deletions: z.number().nonnegative().optional(),
})

/** Reads JSON lines, plain or gzip, at most `limit` changes; of lines with the same `pr` the first counts. */
export async function readHistory(path: string, limit: number): Promise<History> {
  const changes = new Map<string, Change>()
  let repeated = 0
  let lineNumber = 0
  for await (const line of linesOf(path)) {
    lineNumber++
    if (line.trim() === '') continue
    const change = parseChange(line, `${path}, line ${lineNumber}`)
    if (changes.has(change.id)) repeated++
    else changes.set(change.id, change)
    if (changes.size >= limit) break
  }
  if (changes.size === 0) throw new CommandError(`There is no change in ${path}.`)
  return { changes: [...changes.values()], repeated }
}

function parseChange(line: string, where: string): Change {
  const { pr, at, authored = at, author, reviewers, files, renames, deleted, ...rest } = parseLine(line, where)
  const landedMs = Date.parse(at)
  return {
    id: pr,
    title: titleOf(pr, files),
    authorId: author,
    reviewerIds: [...new Set(reviewers)].filter((reviewer) => reviewer !== author),
    openedMs: Math.min(Date.parse(authored), landedMs),
    landedMs,
    files,
    renames,
    deleted,
    lines: countLines(rest),
    filesByFolder: countFolders(files),
  }
}

function countLines({
  additions,
  deletions,
}: {
  additions?: number | undefined
  deletions?: number | undefined
}): number | null {
  return additions === undefined && deletions === undefined ? null : (additions ?? 0) + (deletions ?? 0)
}

function parseLine(line: string, where: string): z.infer<typeof Line> {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    throw new CommandError(`${where}: not JSON: ${line.slice(0, 80)}`)
  }
  const result = Line.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new CommandError(`${where}: ${issue!.path.join('.')} ${issue!.message}`)
}

function titleOf(pr: string, files: readonly string[]): string {
  const [first = 'no file', ...more] = files
  const others = more.length === 0 ? '' : ` and ${more.length} more`
  return `${pr}: ${first}`.slice(0, MAX_TITLE).toWellFormed() + others
}

function countFolders(files: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const file of files.length === 0 ? [''] : files) {
    const end = file.indexOf('/')
    const folder = end === -1 ? FOLDER_OF_LOOSE_FILES : file.slice(0, end)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return counts
}

async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const text of textOf(path)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    yield* lines
  }
  yield rest
}

async function* textOf(path: string): AsyncGenerator<string> {
  const file = Bun.file(path)
  if (!(await file.exists())) throw new CommandError(`There is no file ${path}.`)
  const start = await file.slice(0, GZIP_MAGIC.length).bytes()
  const isGzip = GZIP_MAGIC.every((byte, index) => start[index] === byte)
  const bytes = isGzip ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream()
  const decoder = new TextDecoder()
  try {
    for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true })
  } catch (error) {
    throw new CommandError(`${path} cannot be read to its end: ${(error as Error).message}`, { cause: error })
  }
}
