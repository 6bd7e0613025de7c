import type { Context } from '../../context.ts'
import type { Roster } from '../../shared/roster.ts'
import {
  listPastChanges,
  listPastChangesImportedSince,
  type ImportedChange,
  type PastChange,
} from '../history/index.ts'
import { ExpertiseIndex, LOAD_HALF_LIFE, type LandedChange } from './domain/expertise/expertise-index.ts'
import { knowledgeOf, type Knowledge, type OpenChange } from './domain/expertise/knowledge.ts'
import { pathsOf } from './domain/pull-request.ts'
import {
  anyTeamUsesExpertise,
  findMergedPullRequests,
  listMergedPullRequests,
  sumGivenEffort,
  type MergedPullRequest,
} from './queries/landed-changes.ts'

type Deps = Pick<Context, 'db' | 'workspaceId' | 'nowMs'>

export type ExpertiseState = 'unneeded' | 'loading' | 'current'

const DAY_MS = 86_400_000
/** What is older counts for less than a hundredth, and would be forgotten at once. */
const MEMORY_MS = 730 * DAY_MS
/** So with loads: a sixteenth of a fourteen-day half-life's worth is left after two months. */
const LOAD_MEMORY_MS = 70 * DAY_MS
/** A short page, because nothing else happens while it is learned. */
const PAGE = 200
/** A change may be committed that much after the moment it bears. */
const COMMIT_LAG_MS = 60_000
const LOADS_INTERVAL_MS = 10 * 60_000
/** Beyond this many pull requests of other processes it is cheaper to go by time. */
const MAX_HEARD = 10_000

/**
 * What this process knows of who knows what: read from the database in the background once a team goes by it, then kept up with
 * what this process merges, and with what others merge or import, about a second later. Before that, decisions are made on what is
 * known so far.
 */
export class Expertise {
  readonly #deps: Deps
  readonly #index = new ExpertiseIndex()
  #state: ExpertiseState = 'unneeded'
  #isNeeded = false
  /** What was merged here while the rest was being read. */
  #waiting: MergedPullRequest[] = []
  /** What others are said to have changed; null when it may be anything. */
  #heard: Set<string> | null = new Set()
  #hasHeardImport = false
  #followedToMs = 0
  #loadsAtMs = 0
  #hasHeardOthers = false
  /** When something was learned that may be read once more. */
  readonly #learnedAtMs = new Map<string, number>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  get status(): { state: ExpertiseState; changes: number; places: number; people: number } {
    return { state: this.#state, ...this.#index.size }
  }

  /** Of the members of a team for one change; good until the next is asked for. */
  knowledgeOf(roster: Roster, change: OpenChange): Knowledge {
    this.#isNeeded = true
    return knowledgeOf(this.#index, change, roster, roster.loadWeight)
  }

  /** Those who know a file, by user id, with how well; more than anybody who is not named. */
  knowersOf(path: string, atMs: number): { userId: string; count: number }[] {
    this.#isNeeded = true
    const { numbers, values } = this.#index.knowersOf(path)
    const { worth } = this.#index.columnsAt(atMs)
    return numbers.map((number, place) => ({ userId: this.#index.idOf(number), count: values[place]! * worth }))
  }

  /** These were given a review of that effort; a negative one takes it back. */
  assign(reviewerIds: readonly string[], effort: number): void {
    if (this.#state !== 'unneeded') this.#index.assign(reviewerIds, this.#deps.nowMs(), effort)
  }

  /** Merged by this process. */
  landed(merged: readonly MergedPullRequest[]): void {
    if (this.#state === 'loading') this.#waiting.push(...merged)
    if (this.#state !== 'current') return
    for (const each of merged) this.#learnMerged(each)
  }

  /** Another process has changed these pull requests, or, with null, nobody knows which. */
  heard(pullRequestIds: readonly string[] | null): void {
    this.#hasHeardOthers = true
    if (this.#state === 'unneeded' || this.#heard === null) return
    for (const id of pullRequestIds ?? []) this.#heard.add(id)
    if (pullRequestIds === null || this.#heard.size > MAX_HEARD) this.#heard = null
  }

  heardImport(): void {
    this.#hasHeardImport = true
  }

  /** Reads what is new, at first everything; to be called again and again, one call at a time. */
  async catchUp(): Promise<void> {
    const { db, workspaceId, nowMs } = this.#deps
    if (!this.#isNeeded) this.#isNeeded = await anyTeamUsesExpertise(db, workspaceId)
    if (!this.#isNeeded) return
    const startedMs = nowMs()
    if (this.#state === 'current') await this.#follow()
    else await this.#load(startedMs)
    if (this.#hasHeardOthers && startedMs - this.#loadsAtMs > LOADS_INTERVAL_MS) await this.#readLoads()
    this.#followedToMs = startedMs
    this.#forgetLearned(startedMs - COMMIT_LAG_MS)
  }

  async #load(startedMs: number): Promise<void> {
    this.#state = 'loading'
    const since = new Date(startedMs - MEMORY_MS).toISOString()
    const past = eachOf((after: PastChange | null) => this.#pastPage(after, since))
    const merged = eachOf((after: MergedPullRequest | null) => this.#mergedPage(after, since))
    let [change, pullRequest] = [await past.next(), await merged.next()]
    while (change.done !== true || pullRequest.done !== true) {
      const isPastNext =
        pullRequest.done === true ||
        (change.done !== true && change.value.landedAt <= Date.parse(pullRequest.value.mergedAt))
      if (isPastNext) {
        this.#learnPast(change.value!)
        change = await past.next()
      } else {
        this.#learnMerged(pullRequest.value!)
        pullRequest = await merged.next()
      }
    }
    await this.#readLoads()
    this.#state = 'current'
    for (const each of this.#waiting) this.#learnMerged(each)
    this.#waiting = []
  }

  async #follow(): Promise<void> {
    const { db, workspaceId } = this.#deps
    const heard = this.#heard
    this.#heard = new Set()
    const since = new Date(this.#followedToMs - COMMIT_LAG_MS).toISOString()
    try {
      if (heard === null) {
        for await (const each of eachOf((after: MergedPullRequest | null) => this.#mergedPage(after, since))) {
          this.#learnMerged(each)
        }
      } else if (heard.size > 0) {
        for (const each of await findMergedPullRequests(db, workspaceId, [...heard])) this.#learnMerged(each)
      }
    } catch (error) {
      this.#heard = null
      throw error
    }
    if (this.#hasHeardImport || heard === null) await this.#followImports(since)
  }

  async #followImports(since: string): Promise<void> {
    const { db, workspaceId } = this.#deps
    this.#hasHeardImport = false
    const imported = eachOf((after: ImportedChange | null) =>
      listPastChangesImportedSince(db, workspaceId, { after, since, limit: PAGE }),
    )
    try {
      for await (const each of imported) this.#learnPast(each)
    } catch (error) {
      this.#hasHeardImport = true
      throw error
    }
  }

  async #readLoads(): Promise<void> {
    const { db, workspaceId, nowMs } = this.#deps
    this.#loadsAtMs = nowMs()
    this.#hasHeardOthers = false
    const since = new Date(this.#loadsAtMs - LOAD_MEMORY_MS).toISOString()
    const loads = await sumGivenEffort(db, workspaceId, since, LOAD_HALF_LIFE)
    this.#index.replaceLoads(new Map(loads.map(({ userId, load }) => [userId, load])), nowMs())
  }

  #pastPage(after: PastChange | null, since: string): Promise<PastChange[]> {
    return listPastChanges(this.#deps.db, this.#deps.workspaceId, { after, since, limit: PAGE })
  }

  #mergedPage(after: MergedPullRequest | null, since: string): Promise<MergedPullRequest[]> {
    const place = after ?? { mergedAt: since, pullRequestId: '' }
    return listMergedPullRequests(this.#deps.db, this.#deps.workspaceId, { after: place, limit: PAGE })
  }

  #learnMerged({ pullRequestId, authorId, reviewerIds, shadowId, details, mergedAt }: MergedPullRequest): void {
    this.#learnOnce(`pull request ${pullRequestId}`, {
      authorId,
      reviewerIds: shadowId === null ? reviewerIds : [...reviewerIds, shadowId],
      files: pathsOf(details),
      renames: [],
      deleted: [],
      landedMs: Date.parse(mergedAt),
    })
  }

  #learnPast({ repository, changeId, authorId, reviewerIds, files, renames, deleted, landedAt }: PastChange): void {
    const inRepository = (path: string) => (repository === '' ? path : `${repository}/${path}`)
    this.#learnOnce(`change ${changeId} of ${repository}`, {
      authorId,
      reviewerIds,
      files: files.map(inRepository),
      renames: renames.map(([from, to]) => [inRepository(from), inRepository(to)]),
      deleted: deleted.map(inRepository),
      landedMs: landedAt,
    })
  }

  #learnOnce(name: string, change: LandedChange): void {
    if (this.#learnedAtMs.has(name)) return
    this.#learnedAtMs.set(name, this.#deps.nowMs())
    this.#index.learn(change)
  }

  #forgetLearned(beforeMs: number): void {
    for (const [name, atMs] of this.#learnedAtMs) {
      if (atMs >= beforeMs) return
      this.#learnedAtMs.delete(name)
    }
  }
}

/** All rows of a list that comes in pages, each page asked for by the last row of the one before. */
async function* eachOf<Row>(page: (after: Row | null) => Promise<Row[]>): AsyncGenerator<Row, undefined> {
  for (let after: Row | null = null; ;) {
    const rows: Row[] = await page(after)
    yield* rows
    if (rows.length < PAGE) return
    after = rows.at(-1)!
  }
}
