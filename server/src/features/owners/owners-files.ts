import { LRUCache } from 'lru-cache'
import type { Context } from '../../context.ts'
import { repositoryOf } from './answers.ts'
import { parseCodeOwners, type CodeOwners } from './domain/code-owners.ts'
import { listChangedFiles } from './queries/code-owners.ts'

type Deps = Pick<Context, 'db' | 'workspaceId' | 'monotonicMs'> & {
  answers: Pick<Context['answers'], 'isCurrent' | 'onChangedElsewhere'>
}
type Entry = { owners: CodeOwners | null; updatedAt: string | null; characters: number; checkedAt: number }

/** For changes nobody told of, as of answers: docs/consistency.md. */
const MAX_AGE_MS = 30_000
const MAX_REPOSITORIES = 10_000
/** Of content; what is made of it takes several times as much. */
const MAX_CHARACTERS = 32 * 2 ** 20
/** A larger file counts as this, so that none is too large to be remembered. */
const MAX_FILE_CHARACTERS = MAX_CHARACTERS / 8
/** What an entry costs beside its content, in characters. */
const ENTRY_COST = 200
/** A file that is changed while it is read is read again, but not for ever. */
const READ_ATTEMPTS = 3

/** CODEOWNERS files of repositories, parsed, as this process has last read them. */
export class OwnersFiles {
  readonly #deps: Deps
  readonly #entries = new LRUCache<string, Entry>({
    max: MAX_REPOSITORIES,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ characters }) => characters + ENTRY_COST,
  })
  /** Repositories that are being read, by what has not been forgotten since. */
  readonly #reads = new Set<Set<string>>()

  constructor(deps: Deps) {
    this.#deps = deps
    deps.answers.onChangedElsewhere((keys) => {
      if (keys === null) this.#forgetAll()
      for (const key of keys ?? []) {
        const repository = repositoryOf(key)
        if (repository !== null) this.forget(repository)
      }
    })
  }

  /** Its file; null when it has none; undefined when that is not known yet, or no more: `load` it. */
  get(repository: string): CodeOwners | null | undefined {
    return this.#entries.get(repository)?.owners
  }

  /** Reads, in one statement, those that are not known or not surely as they were. */
  async load(repositories: readonly string[]): Promise<void> {
    let missing = new Set(repositories.filter((repository) => !this.#isFresh(repository)))
    for (let attempt = 1; missing.size > 0; attempt++) {
      missing = await this.#read(missing, attempt === READ_ATTEMPTS)
    }
  }

  /** To be called when the file has changed: after the commit, before anybody is told. */
  forget(repository: string): void {
    this.#entries.delete(repository)
    for (const reading of this.#reads) reading.delete(repository)
  }

  #forgetAll(): void {
    this.#entries.clear()
    for (const reading of this.#reads) reading.clear()
  }

  #isFresh(repository: string): boolean {
    const { answers, monotonicMs } = this.#deps
    const entry = this.#entries.peek(repository)
    return entry !== undefined && answers.isCurrent && monotonicMs() - entry.checkedAt < MAX_AGE_MS
  }

  /** Gives those that were forgotten while they were read: what was read may be from before the change. */
  async #read(repositories: ReadonlySet<string>, isLast: boolean): Promise<Set<string>> {
    const { db, workspaceId, monotonicMs } = this.#deps
    const checkedAt = monotonicMs()
    const before = new Map([...repositories].map((repository) => [repository, this.#entries.peek(repository)]))
    const reading = new Set(repositories)
    this.#reads.add(reading)
    try {
      const known = new Map([...before].map(([repository, entry]) => [repository, entry?.updatedAt ?? null]))
      const changed = await listChangedFiles(db, workspaceId, known)
      const byRepository = new Map(changed.map((file) => [file.repository, file]))
      for (const repository of isLast ? repositories : reading) {
        const file = byRepository.get(repository)
        // What was forgotten while it was read for the last time is to be read again by the next who asks.
        const age = reading.has(repository) ? checkedAt : -Infinity
        this.#keep(repository, file === undefined ? before.get(repository) : entryOf(file), age)
      }
      return isLast ? new Set() : new Set([...repositories].filter((repository) => !reading.has(repository)))
    } finally {
      this.#reads.delete(reading)
    }
  }

  #keep(repository: string, entry: Omit<Entry, 'checkedAt'> = noFile, checkedAt: number): void {
    this.#entries.set(repository, { ...entry, checkedAt })
  }
}

const noFile: Omit<Entry, 'checkedAt'> = { owners: null, updatedAt: null, characters: 0 }

function entryOf(file: Awaited<ReturnType<typeof listChangedFiles>>[number]): Omit<Entry, 'checkedAt'> {
  if (file.content === null) return noFile
  const { dialect, content, updatedAt } = file
  return {
    owners: parseCodeOwners(dialect, content),
    updatedAt,
    characters: Math.min(content.length, MAX_FILE_CHARACTERS),
  }
}
