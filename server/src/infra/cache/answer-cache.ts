import { LRUCache } from 'lru-cache'
import { createBatcher, type Batcher } from '../batch/batcher.ts'
import type { SharedAnswers, SharedAnswer } from './shared-answers.ts'

/** A finished answer: its JSON as bytes, and a tag that stands for exactly these bytes. */
export type Answer = { body: Buffer<ArrayBuffer>; etag: string }

/** Reads the database and gives the answer as JSON. */
export type Ask = () => Promise<string>

export type AnswerCacheOptions = {
  /** Bytes of bodies and keys to keep; those asked for longest ago go first. */
  maxBytes: number
  /** How long an answer may be kept, for changes that nobody could tell of. */
  maxAgeMs: number
  /** Whether what other processes changed is known here; while it is not, every question goes to the database. */
  isCurrent: () => boolean
  /** Tells other processes which answers have changed; null stands for all of them. */
  publish: (keys: readonly string[] | null) => void
  /** A second level that processes share. */
  shared?: SharedAnswers
}

/**
 * An answer that a write has made another: its key, and where the new answer follows from the old one, how. `edit` gives
 * null where it does not.
 */
export type Change = string | Edit
export type Edit = {
  key: string
  edit: (body: Buffer<ArrayBuffer>) => Buffer<ArrayBuffer> | null
  /** What it holds on to until it is made, roughly. */
  bytes: number
  /** Of edits that must be made in the order of some times: the time. */
  at?: string
}

/** What a use case says of the answers it has changed: after its commit, before it is acknowledged. */
export type Answers = Pick<AnswerCache, 'mark' | 'changed' | 'allChanged'>

/** Edits are made when somebody asks: most answers are changed more than once before that. */
type Entry = { answer: Answer; edits: Edit['edit'][]; editBytes: number; loadedAt: number; editedAt: string | null }

type Loaded = { json: string; ageMs: number }

/** An answer with more edits to make, which nobody asked for meanwhile, is forgotten. */
const MAX_EDIT_BYTES = 2048
/** What an entry costs beside its bytes, at the most. */
const ENTRY_BYTES = 400 + MAX_EDIT_BYTES

/**
 * Answers of this process by key (see `answerKey`). What `changed` was told of is never shown again, neither from here
 * nor by a load that had begun before; those who waited for that load asked before the change was acknowledged.
 */
export class AnswerCache {
  readonly #options: AnswerCacheOptions
  readonly #entries: LRUCache<string, Entry>
  readonly #loading = new Map<string, Promise<Answer>>()
  readonly #sharedReads: Batcher<string, SharedAnswer | undefined> | null
  readonly #listeners: ((keys: readonly string[] | null) => void)[] = []
  #marks = 0
  readonly counts = { hits: 0, misses: 0 }

  constructor(options: AnswerCacheOptions) {
    this.#options = options
    this.#entries = new LRUCache({
      // For this library 0 is no limit.
      maxSize: Math.max(1, options.maxBytes),
      sizeCalculation: ({ answer }, key) => answer.body.byteLength + key.length + ENTRY_BYTES,
      ttl: options.maxAgeMs,
      ttlResolution: 100,
    })
    this.#sharedReads = options.shared === undefined ? null : batchedReads(options.shared)
  }

  /** Whether what other processes change is known here without delay. */
  get isCurrent(): boolean {
    return this.#options.isCurrent()
  }

  /** The answer, when it is in memory and nobody is known to have changed it. */
  get(key: string): Answer | undefined {
    if (!this.isCurrent) return undefined
    const entry = this.#entries.get(key)
    const answer = entry === undefined || entry.edits.length === 0 ? entry?.answer : this.#makeEdits(key, entry)
    if (answer !== undefined) this.counts.hits++
    return answer
  }

  /** The answer, loaded when it is not in memory; those who ask meanwhile share the load. */
  load(key: string, ask: Ask): Promise<Answer> {
    const known = this.get(key)
    if (known !== undefined) return Promise.resolve(known)
    this.counts.misses++
    if (!this.isCurrent) return ask().then((json) => answerOf(json))
    return this.#loading.get(key) ?? this.#begin(key, () => this.#askShared(key, ask))
  }

  /** The answer as the database gives it now. */
  refresh(key: string, ask: Ask): Promise<Answer> {
    this.counts.misses++
    return this.isCurrent
      ? this.#begin(key, async () => ({ json: await ask(), ageMs: 0 }))
      : ask().then((json) => answerOf(json))
  }

  /** To be taken before a write is sent and given to `changed` after it: an answer loaded meanwhile may hold the change already. */
  mark(): number {
    return ++this.#marks
  }

  /** These answers have changed. */
  changed(changes: readonly Change[], mark: number): void {
    for (const change of changes) {
      if (typeof change === 'string') this.#drop(change)
      else this.#edit(change, mark)
    }
    this.#options.publish(changes.map((change) => (typeof change === 'string' ? change : change.key)))
  }

  /** Any answer may have changed; nobody knows which. */
  allChanged(): void {
    this.#clear()
    this.#options.publish(null)
  }

  /** Another process has changed these answers; null stands for any of them. */
  changedElsewhere(keys: readonly string[] | null): void {
    if (keys === null) this.#clear()
    else for (const key of keys) this.#drop(key)
    for (const listener of this.#listeners) listener(keys)
  }

  /** For whoever remembers more than answers: `listener` is told what another process has changed. */
  onChangedElsewhere(listener: (keys: readonly string[] | null) => void): void {
    this.#listeners.push(listener)
  }

  get size(): { answers: number; bytes: number } {
    return { answers: this.#entries.size, bytes: this.#entries.calculatedSize }
  }

  #drop(key: string): void {
    this.#entries.delete(key)
    this.#loading.delete(key)
  }

  #edit({ key, edit, bytes, at }: Edit, mark: number): void {
    this.#loading.delete(key)
    const entry = this.#entries.peek(key)
    if (entry === undefined) return
    const isInOrder = at === undefined || entry.editedAt === null || entry.editedAt < at
    const editBytes = entry.editBytes + bytes
    if (mark <= entry.loadedAt || !isInOrder || editBytes > MAX_EDIT_BYTES) {
      this.#entries.delete(key)
      return
    }
    entry.edits.push(edit)
    entry.editBytes = editBytes
    entry.editedAt = at ?? entry.editedAt
  }

  #makeEdits(key: string, entry: Entry): Answer | undefined {
    let body: Buffer<ArrayBuffer> | null = entry.answer.body
    for (const edit of entry.edits) body &&= edit(body)
    if (body === null) {
      this.#entries.delete(key)
      return undefined
    }
    const answer = answerOf(body)
    // Set anew for its size to be counted; it is as old as it was.
    this.#entries.set(key, { ...entry, answer, edits: [], editBytes: 0 }, { noUpdateTTL: true })
    return answer
  }

  #clear(): void {
    this.#entries.clear()
    this.#loading.clear()
  }

  #begin(key: string, ask: () => Promise<Loaded>): Promise<Answer> {
    const load = ask().then(({ json, ageMs }) => {
      const answer = answerOf(json)
      if (this.#loading.get(key) === load) {
        this.#loading.delete(key)
        const ttl = this.#options.maxAgeMs - ageMs
        const entry = { answer, edits: [], editBytes: 0, loadedAt: this.#marks, editedAt: null }
        if (ttl > 0) this.#entries.set(key, entry, { ttl })
      }
      return answer
    })
    this.#loading.set(key, load)
    load.catch(() => {
      if (this.#loading.get(key) === load) this.#loading.delete(key)
    })
    return load
  }

  async #askShared(key: string, ask: Ask): Promise<Loaded> {
    const found = await this.#sharedReads?.submit(key)
    if (found === undefined) return { json: await ask(), ageMs: 0 }
    if ('body' in found) return { json: found.body, ageMs: found.ageMs }
    const json = await ask()
    this.#options.shared?.store([{ key, body: json, ticket: found.ticket }])
    return { json, ageMs: 0 }
  }
}

/** The key of the answer to a question about one thing: its path and query as most clients write them. */
export function answerKey(path: string, field: string, value: string): string {
  return `${path}?${field}=${encodeURIComponent(value)}`
}

function answerOf(json: string | Buffer<ArrayBuffer>): Answer {
  const body = typeof json === 'string' ? Buffer.from(json) : json
  return { body, etag: `"${Bun.hash(body).toString(36)}"` }
}

function batchedReads(shared: SharedAnswers): Batcher<string, SharedAnswer | undefined> {
  return createBatcher({
    maxSize: 500,
    maxInFlight: 4,
    maxWaiting: Infinity,
    async run(keys) {
      const found = await shared.fetch(keys)
      return keys.map((key) => ({ ok: true, value: found?.get(key) }))
    },
  })
}
