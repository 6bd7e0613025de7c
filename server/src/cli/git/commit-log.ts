/** A commit as `git log` tells it; times in seconds, people by the mailmap. */
export type Commit = {
  hash: string
  mail: string
  name: string
  writtenS: number
  landedS: number
  message: string
  files: readonly string[]
  /** From, to. */
  renames: readonly (readonly [string, string])[]
  deleted: readonly string[]
  additions: number
  deletions: number
}

type Draft = Commit & { files: string[]; renames: [string, string][]; deleted: string[] }

/** What begins a commit; a path may be the same, but stands only where one is due. */
const START = '\u0001'
/** With `-z`, everything git writes ends with NUL, in messages and paths there is none. */
export const LOG_FORMAT = '%x01%x00%H%x00%aE%x00%aN%x00%at%x00%ct%x00%B%x00'
const HEADER_FIELDS = 6

export type LogParser = {
  /** The next text between two NULs; gives the commit that ended before it. */
  take: (token: string) => Commit | null
  /** The last commit. */
  end: () => Commit | null
}

/** Reads what `git log --raw --numstat -M -z` writes in `LOG_FORMAT`. */
export function createLogParser(): LogParser {
  let header: string[] | null = null
  let commit: Draft | null = null
  let duePaths: string[] = []
  let due: { count: number; done: (paths: string[]) => void } | null = null

  function expectPaths(count: number, done: (paths: string[]) => void): void {
    duePaths = []
    due = { count, done }
  }

  function takePath(path: string, { count, done }: NonNullable<typeof due>): void {
    if (duePaths.push(path) < count) return
    due = null
    done(duePaths)
  }

  function takeRaw(into: Draft, status: string): void {
    const isMove = status.startsWith('R') || status.startsWith('C')
    expectPaths(isMove ? 2 : 1, ([from = '', to = from]) => {
      if (status.startsWith('R')) {
        // Both names: a reader of the history may know either.
        into.files.push(from)
        into.renames.push([from, to])
      }
      into.files.push(to)
      if (status === 'D') into.deleted.push(from)
    })
  }

  function takeDetail(token: string, into: Draft): void {
    if (token.startsWith(':')) return takeRaw(into, token.split(' ')[4] ?? '')
    const [, added, deleted, path] = /^(\d+|-)\t(\d+|-)\t([^]*)$/.exec(token) ?? []
    if (added === undefined) return
    // Binary files have a dash.
    into.additions += Number(added) || 0
    into.deletions += Number(deleted) || 0
    if (path === '') expectPaths(2, () => undefined)
  }

  function end(): Commit | null {
    const ended = commit
    commit = null
    return ended
  }

  return {
    end,
    take(token) {
      if (due !== null) {
        takePath(token, due)
      } else if (header !== null) {
        if (header.push(token) === HEADER_FIELDS) {
          commit = draftOf(header)
          header = null
        }
      } else if (token === START) {
        header = []
        return end()
      } else if (commit !== null) {
        takeDetail(token.replace(/^\n+/, ''), commit)
      }
      return null
    },
  }
}

function draftOf([hash = '', mail = '', name = '', written = '', landed = '', message = '']: readonly string[]): Draft {
  const times = { writtenS: Number(written), landedS: Number(landed) }
  return { hash, mail, name, ...times, message, files: [], renames: [], deleted: [], additions: 0, deletions: 0 }
}
