import type { Commit } from './commit-log.ts'
import type { Clone } from './git.ts'
import { changeIdIn, isBot, reviewersIn, type Contact } from './message.ts'
import type { People } from './people.ts'

/** A line of a history, as `POST /history/import` takes it. */
export type HistoryLine = {
  pr: string
  at: string
  authored: string
  author: string
  reviewers: readonly string[]
  files: readonly string[]
  additions: number
  deletions: number
  renames?: readonly (readonly [string, string])[]
  deleted?: readonly string[]
}

export type Tally = { commits: number; byBots: number; withoutDate: number; changes: number; withReviewers: number }
export type Reading = { people: People; trailers: readonly string[] }

/** A change that may go on with the next commit. */
type Change = { id: string; authorId: string; reviewerIds: readonly string[]; commits: readonly Commit[] }

/** Commits are looked at so many at once, for the mailmap is asked by a process of its own. */
const CHUNK = 500
const MAX_ID = 255
const MAX_PATH = 4096
const MAX_PATHS = 3000
/** As JSON: a line may be of 1 MiB in all. */
const MAX_BYTES = { files: 500_000, deleted: 250_000, renames: 200_000 }
const YEARS_1970_TO_9999_S = 253_402_300_799
const HASH_IN_ID = 12

/**
 * The changes that the commits made, in their order. Commits of one pull request that follow each other are one change;
 * what comes later under the same name is another.
 */
export async function* changesOf(
  commits: AsyncIterable<Commit>,
  mapped: Clone['mapped'],
  { people, trailers }: Reading,
  tally: Tally,
): AsyncGenerator<HistoryLine> {
  const seen = new Set<string>()
  let open: Change | null = null
  for await (const chunk of chunksOf(commits)) {
    const reviewersOf = await mappedReviewers(chunk, trailers, mapped)
    for (const commit of chunk) {
      tally.commits++
      const change = changeOf(commit, reviewersOf(commit), people, tally)
      if (change === null) continue
      if (open !== null && open.id === change.id && open.authorId === change.authorId) {
        open = joined(open, change)
        continue
      }
      if (open !== null) yield counted(lineOf(open, seen), tally)
      open = change
    }
  }
  if (open !== null) yield counted(lineOf(open, seen), tally)
}

async function* chunksOf(commits: AsyncIterable<Commit>): AsyncGenerator<Commit[]> {
  let chunk: Commit[] = []
  for await (const commit of commits) {
    if (chunk.push(commit) < CHUNK) continue
    yield chunk
    chunk = []
  }
  yield chunk
}

async function mappedReviewers(chunk: readonly Commit[], trailers: readonly string[], mapped: Clone['mapped']) {
  const named = new Map(chunk.map((commit) => [commit, reviewersIn(commit.message, trailers)]))
  const wanted = new Map(
    [...named.values()]
      .flat()
      .filter(isWhole)
      .map((contact) => [textOf(contact), contact]),
  )
  const found = await mapped([...wanted.values()])
  const byText = new Map([...wanted.keys()].map((text, index) => [text, found[index]!]))
  return (commit: Commit) => named.get(commit)!.map((contact) => byText.get(textOf(contact)) ?? contact)
}

function isWhole({ name, mail }: Contact): boolean {
  return name !== '' && mail !== ''
}

function textOf({ name, mail }: Contact): string {
  return `${name} <${mail}>`
}

function changeOf(commit: Commit, reviewers: readonly Contact[], people: People, tally: Tally): Change | null {
  const authorId = people.idOf(commit)
  if (authorId === null || isBot(commit)) {
    tally.byBots++
    return null
  }
  if (!isDate(commit.landedS) || !isDate(commit.writtenS)) {
    tally.withoutDate++
    return null
  }
  const reviewerIds = reviewers.filter((reviewer) => !isBot(reviewer)).flatMap((one) => people.idOf(one) ?? [])
  const id = (changeIdIn(commit.message) ?? commit.hash).slice(0, MAX_ID).toWellFormed()
  return { id, authorId, reviewerIds, commits: [commit] }
}

function isDate(seconds: number): boolean {
  return seconds >= 0 && seconds <= YEARS_1970_TO_9999_S
}

function joined(before: Change, after: Change): Change {
  return {
    ...before,
    reviewerIds: [...before.reviewerIds, ...after.reviewerIds],
    commits: [...before.commits, ...after.commits],
  }
}

function counted(line: HistoryLine, tally: Tally): HistoryLine {
  tally.changes++
  if (line.reviewers.length > 0) tally.withReviewers++
  return line
}

function lineOf({ id, authorId, reviewerIds, commits }: Change, seen: Set<string>): HistoryLine {
  const files = new Set(commits.flatMap((commit) => commit.files))
  const deleted = fitting([...new Set(commits.flatMap((commit) => commit.deleted))], MAX_BYTES.deleted)
  const renames = fitting(
    commits.flatMap((commit) => commit.renames),
    MAX_BYTES.renames,
  )
  return {
    pr: unseen(id, commits[0]!.hash, seen),
    at: timeOf(Math.max(...commits.map(({ landedS }) => landedS))),
    authored: timeOf(Math.min(...commits.map(({ writtenS }) => writtenS))),
    author: authorId,
    reviewers: [...new Set(reviewerIds)].filter((reviewerId) => reviewerId !== authorId),
    files: fitting([...files], MAX_BYTES.files),
    additions: commits.reduce((sum, { additions }) => sum + additions, 0),
    deletions: commits.reduce((sum, { deletions }) => sum + deletions, 0),
    ...(renames.length === 0 ? {} : { renames }),
    ...(deleted.length === 0 ? {} : { deleted }),
  }
}

/** The id, or where it is taken the id with the commit's: the same each time the same history is read. */
function unseen(id: string, hash: string, seen: Set<string>): string {
  const own = seen.has(id) ? `${id.slice(0, MAX_ID - HASH_IN_ID - 1)}@${hash.slice(0, HASH_IN_ID)}` : id
  seen.add(own)
  return own
}

/** The first of the paths or pairs of them that Tandem takes, and that have room in a line. */
function fitting<Item extends string | readonly string[]>(items: readonly Item[], maxBytes: number): Item[] {
  let bytes = 0
  return items
    .filter((item) => [item].flat().every((path) => path !== '' && path.length <= MAX_PATH))
    .slice(0, MAX_PATHS)
    .filter((item) => (bytes += Buffer.byteLength(JSON.stringify(item)) + 1) <= maxBytes)
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
