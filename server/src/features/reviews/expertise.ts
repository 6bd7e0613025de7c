import { isDeepStrictEqual } from 'node:util'
import type { Context } from '../../context.ts'
import type { Roster } from '../../shared/roster.ts'
import {
  listPastChanges,
  listPastChangesImportedSince,
  type ImportedChange,
  type PastChange,
} from '../history/index.ts'
import type { LandedChange } from './domain/expertise/expertise-index.ts'
import { knowledgeOf, type Knowledge } from './domain/expertise/knowledge.ts'
import { LOAD_HALF_LIFE, Loads } from './domain/expertise/loads.ts'
import { readSkills, type Skills } from './domain/expertise/skills.ts'
import type { PeopleNumbers } from './domain/people-numbers.ts'
import { pathsOf, type Details } from './domain/pull-request.ts'
import type { Knower } from './domain/shadow.ts'
import { ExpertiseThread, type Pending } from './expertise-thread/expertise-thread.ts'
import type { IndexSize } from './expertise-thread/messages.ts'
import {
  anyTeamUsesExpertise,
  findMergedPullRequests,
  listMergedPullRequests,
  sumGivenEffort,
  type MergedPullRequest,
} from './queries/landed-changes.ts'

type Deps = Pick<Context, 'db' | 'workspaceId' | 'nowMs'> & { numbers: PeopleNumbers }

type Asked = { roster: Roster; authorId: string; details: Details | null }

/** What was asked before it was wanted; to be dropped once. */
export type Foreseen = { asked: Asked; pending: Pending }

export type SkillsWanted = Asked & { foreseen?: Foreseen | null }

export type ExpertiseState = 'unneeded' | 'loading' | 'current'

const DAY_MS = 86_400_000
/** What is older counts for less than a hundredth, and would be forgotten at once. */
const MEMORY_MS = 730 * DAY_MS
/** So with loads: a sixteenth of a fourteen-day half-life's worth is left after two months. */
const LOAD_MEMORY_MS = 70 * DAY_MS
/** A short page, because who asks meanwhile waits until it is learned. */
const PAGE = 200
/** A change may be committed that much after the moment it bears. */
const COMMIT_LAG_MS = 60_000
const LOADS_INTERVAL_MS = 10 * 60_000
/** Beyond this many pull requests of other processes it is cheaper to go by time. */
const MAX_HEARD = 10_000

const nothing: IndexSize = { changes: 0, places: 0, people: 0 }

/**
 * What this process knows of who knows what, its index in a thread of its own: read from the database in the background once a team
 * goes by it, then kept up with what this process merges, and with what others merge or import, about a second later. Before that,
 * decisions are made on what is known so far.
 */
export class Expertise {
  readonly #deps: Deps
  #thread: ExpertiseThread | null = null
  /** Why the last one broke, as long as nobody was told. */
  #failure: Error | null = null
  #size: IndexSize = nothing
  /** Kept here, because each decision adds to what the next goes by. */
  #loads: Loads
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
    this.#loads = new Loads(deps.numbers)
  }

  /** As of the last time it caught up. */
  get status(): { state: ExpertiseState } & IndexSize {
    return { state: this.#state, ...this.#size }
  }

  /** Asks already now what `skillsFor` will want to know, so that the answer is there when a call has its turn. */
  foresee(asked: Asked): Foreseen {
    return { asked, pending: this.#ask(asked) }
  }

  /** Hands out what the index has answered meanwhile; to be called whenever there is a moment. */
  takeAnswers(): void {
    this.#thread?.takeAnswers()
  }

  /** What is known of the members of teams for these changes, good until what was foreseen is dropped; null where the index does not answer. */
  skillsFor(wanted: readonly SkillsWanted[]): Promise<readonly (Skills | null)[]> {
    return Promise.all(wanted.map((each) => (isForeseen(each) ? each.foreseen.pending.take() : this.#askNow(each))))
  }

  async #askNow(wanted: Asked): Promise<Skills | null> {
    const pending = this.#ask(wanted)
    const skills = await pending.take()
    const own = skills === null ? null : readSkills(skills.numbers.slice())
    pending.drop()
    return own
  }

  #ask({ roster, authorId, details }: Asked): Pending {
    this.#isNeeded = true
    return this.#open().askSkills({ roster, authorId, files: pathsOf(details) }, this.#deps.nowMs())
  }

  /** Those skills beside the load of each member at that moment. */
  knowledgeOf(roster: Roster, skills: Skills, atMs: number): Knowledge {
    return knowledgeOf(skills, this.#loads, roster, { atMs, loadWeight: roster.loadWeight })
  }

  /** Those who know each of these files; more than anybody who is not named. Nobody where the index does not answer. */
  async knowersOf(paths: readonly string[]): Promise<readonly (readonly Knower[])[]> {
    this.#isNeeded = true
    return (await this.#open().knowersOf(paths, this.#deps.nowMs())) ?? paths.map(() => [])
  }

  /** These were given a review of that effort; a negative one takes it back. */
  assign(reviewerIds: readonly string[], effort: number): void {
    if (this.#state !== 'unneeded') this.#loads.assign(reviewerIds, this.#deps.nowMs(), effort)
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

  /** Reads what is new, at first everything; to be called again and again, one call at a time. Throws once for a thread that broke. */
  async catchUp(): Promise<void> {
    const { db, workspaceId, nowMs } = this.#deps
    if (!this.#isNeeded) this.#isNeeded = await anyTeamUsesExpertise(db, workspaceId)
    if (!this.#isNeeded) return
    const cause = this.#failure
    this.#failure = null
    if (cause !== null) throw new Error('the thread that knows who knows what broke', { cause })
    const startedMs = nowMs()
    if (this.#state === 'current') await this.#follow()
    else await this.#load(startedMs)
    if (this.#hasHeardOthers && startedMs - this.#loadsAtMs > LOADS_INTERVAL_MS) await this.#readLoads()
    if (this.#thread !== null) await this.#told(this.#thread)
    this.#followedToMs = startedMs
    this.#forgetLearned(startedMs - COMMIT_LAG_MS)
  }

  async close(): Promise<void> {
    this.#isNeeded = false
    const thread = this.#thread
    this.#thread = null
    await thread?.end()
  }

  #open(): ExpertiseThread {
    if (this.#thread === null) {
      const thread = new ExpertiseThread((failure) => this.#lost(thread, failure))
      this.#thread = thread
    }
    return this.#thread
  }

  /** All is read anew the next time it catches up. */
  #lost(thread: ExpertiseThread, failure: Error | null): void {
    if (this.#thread !== thread) return
    this.#thread = null
    this.#failure = failure
    this.#state = 'unneeded'
    this.#size = nothing
    this.#loads = new Loads(this.#deps.numbers)
    this.#learnedAtMs.clear()
  }

  /** Waits until the index has learned all that was read. */
  async #told(thread: ExpertiseThread): Promise<void> {
    const size = await thread.size()
    if (size === null) throw new Error('the thread that knows who knows what has ended')
    this.#size = size
  }

  async #load(startedMs: number): Promise<void> {
    this.#state = 'loading'
    const thread = this.#open()
    const since = new Date(startedMs - MEMORY_MS).toISOString()
    const past = eachOf((after: PastChange | null) => this.#pastPage(after, since))
    const merged = eachOf((after: MergedPullRequest | null) => this.#mergedPage(after, since))
    let [change, pullRequest] = [await past.next(), await merged.next()]
    for (let read = 1; change.done !== true || pullRequest.done !== true; read++) {
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
      if (read % PAGE === 0) await this.#told(thread)
    }
    await this.#readLoads()
    await this.#told(thread)
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
    this.#loads.replaceAll(new Map(loads.map(({ userId, load }) => [userId, load])), nowMs())
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
    // Nothing where the thread broke meanwhile: the next one begins anew.
    if (this.#state === 'unneeded' || this.#learnedAtMs.has(name)) return
    this.#learnedAtMs.set(name, this.#deps.nowMs())
    this.#thread?.learn(change)
    this.#loads.reviewed(change)
  }

  #forgetLearned(beforeMs: number): void {
    for (const [name, atMs] of this.#learnedAtMs) {
      if (atMs >= beforeMs) return
      this.#learnedAtMs.delete(name)
    }
  }
}

/** Whether it is still what was asked. */
function isForeseen(wanted: SkillsWanted): wanted is SkillsWanted & { foreseen: Foreseen } {
  const { roster, details, foreseen = null } = wanted
  if (foreseen === null || foreseen.asked.roster.hashes !== roster.hashes) return false
  // What a transaction has read is another object, mostly of the same.
  return foreseen.asked.details === details || isDeepStrictEqual(foreseen.asked.details, details)
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
