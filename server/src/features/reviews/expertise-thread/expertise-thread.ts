import { Worker } from 'node:worker_threads'
import type { Roster } from '../../../shared/roster.ts'
import type { LandedChange } from '../domain/expertise/expertise-index.ts'
import { readSkills, skillNumbers, type Skills } from '../domain/expertise/skills.ts'
import type { Knower } from '../domain/shadow.ts'
import { writeQuestion, type FromIndex, type IndexSize, type NewSlot, type ToIndex } from './messages.ts'
import { Slot } from './slot.ts'

type SkillsWanted = { roster: Roster; authorId: string; files: readonly string[] }

/** An answer that may be there already; good until it is dropped, which must be done once. */
export type Pending = { take: () => Promise<Skills | null>; drop: () => void }

/** Where an answer is written, and how it is read. */
type Place = { slotId: number; slot: Slot; skills: Skills | null }

type Answer = FromIndex['answer'] | null

/** Somebody who waits for the answer in a slot. */
type Waiting = { slot: Slot; ticket: number; sinceMs: number; settle: (isAnswered: boolean) => void }

/** A thread that takes longer is not waited for: it is learning a whole history, and who asks must decide now. */
const PATIENCE_MS = 2000
/** An answer that is not there by then comes from a thread that has much to do, and is looked for by a timer. */
const SOON_MS = 5
const LEAST_SLOT_NUMBERS = 1024
const MANY_CHANGES = 100
/** Questions of one turn of the event loop that go at once; a message costs the sender as much as a few decisions, and waiting for the turn's end delays the answer. */
const TOGETHER = 8
/** Tickets must fit their place in a slot. */
const MAX_ID = 2 ** 31 - 1

/**
 * The expertise index, in a thread of its own beside the one that answers requests. Does what it is told in that order, so that a slot
 * may be used again before its last question is answered. Answers are null where it has ended, or takes too long.
 */
export class ExpertiseThread {
  readonly #worker: Worker
  readonly #asked = new Map<number, (answer: Answer) => void>()
  readonly #told = new Map<string, Roster['hashes']>()
  /** To be learned before what is asked next, in one message: each costs as much as a decision. */
  readonly #changes: LandedChange[] = []
  /** Asked in this turn, as they travel. */
  #questions = ''
  #questionCount = 0
  /** For answers in slots. */
  #waiting: Waiting[] = []
  #isWatching = false
  /** Free ones, by how many numbers they hold. */
  readonly #places = new Map<number, Place[]>()
  #slotCount = 0
  #lastId = 0
  #hasEnded = false

  constructor(onEnd: (error: Error | null) => void) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url))
    this.#worker.unref()
    this.#worker.on('message', ({ id, answer }: FromIndex) => this.#settle(id, answer))
    let failure: Error | null = null
    this.#worker.on('error', (error: Error) => (failure = error))
    this.#worker.on('exit', () => {
      this.#hasEnded = true
      for (const id of this.#asked.keys()) this.#settle(id, null)
      for (const { settle } of this.#waiting.splice(0)) settle(false)
      onEnd(failure)
    })
  }

  /** Before anything that is asked from now on, but no later than `size` is. */
  learn(change: LandedChange): void {
    this.#changes.push(change)
    if (this.#changes.length >= MANY_CHANGES) this.#sendAll()
  }

  /** Once all that was learned before is learned. */
  async size(): Promise<IndexSize | null> {
    const id = this.#nextId()
    return (await this.#answerTo(id, { kind: 'size', id }, null)) as IndexSize | null
  }

  /** Those who know each of these very files. */
  async knowersOf(paths: readonly string[], atMs: number): Promise<readonly (readonly Knower[])[] | null> {
    const id = this.#nextId()
    return (await this.#answerTo(id, { kind: 'knowers', id, atMs, paths })) as readonly (readonly Knower[])[] | null
  }

  /** Asks what members of a team know for a change; what is asked in one go travels in one message. */
  askSkills({ roster, authorId, files }: SkillsWanted, atMs: number): Pending {
    this.#introduce(roster)
    const numbers = skillNumbers(roster.members.length)
    const place = this.#takePlace(numbers)
    const ticket = this.#nextId()
    this.#questions += writeQuestion({
      ticket,
      slotId: place.slotId,
      atMs,
      teamName: roster.teamName,
      authorId,
      files,
    })
    this.#questionCount++
    if (this.#questionCount === 1) setImmediate(this.#sendAll)
    if (this.#questionCount >= TOGETHER) this.#sendAll()
    if (place.skills?.numbers.length !== numbers) place.skills = readSkills(place.slot.numbers.subarray(0, numbers))
    const { slot, skills } = place
    return {
      drop: () => void this.#places.get(slot.numbers.length)!.push(place),
      take: () => (slot.isAnswered(ticket) ? Promise.resolve(skills) : this.#waitFor(slot, ticket, skills)),
    }
  }

  /**
   * Hands out the answers that have come. To be called often: whoever waits goes on at once, not when the event loop comes round, and no
   * message has to wake this thread.
   */
  takeAnswers(): void {
    if (this.#waiting.length === 0) return
    this.#waiting = this.#waiting.filter(({ slot, ticket, settle }) => {
      const isAnswered = slot.isAnswered(ticket)
      if (isAnswered) settle(true)
      return !isAnswered
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  async #waitFor(slot: Slot, ticket: number, skills: Skills): Promise<Skills | null> {
    if (this.#hasEnded) return null
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const sinceMs = performance.now()
    this.#waiting.push({ slot, ticket, sinceMs, settle: resolve })
    if (!this.#isWatching) setImmediate(this.#watch)
    this.#isWatching = true
    return (await promise) ? skills : null
  }

  /** Looks for answers once a turn of the event loop, as long as somebody waits for one. */
  readonly #watch = (): void => {
    this.takeAnswers()
    const nowMs = performance.now()
    this.#waiting = this.#waiting.filter(({ sinceMs, settle }) => {
      const isGivenUp = nowMs - sinceMs > PATIENCE_MS
      if (isGivenUp) settle(false)
      return !isGivenUp
    })
    const [first] = this.#waiting
    this.#isWatching = first !== undefined
    if (first === undefined) return
    if (nowMs - first.sinceMs < SOON_MS) setImmediate(this.#watch)
    else setTimeout(this.#watch, 1)
  }

  readonly #sendAll = (): void => {
    if (this.#changes.length > 0) this.#send(JSON.stringify({ kind: 'learn', changes: this.#changes.splice(0) }))
    if (this.#questionCount === 0) return
    this.#send(this.#questions)
    this.#questions = ''
    this.#questionCount = 0
  }

  #takePlace(numbers: number): Place {
    let size = LEAST_SLOT_NUMBERS
    while (size < numbers) size *= 2
    const free = this.#places.get(size) ?? []
    this.#places.set(size, free)
    const known = free.pop()
    if (known !== undefined) return known
    const slot = new Slot(new SharedArrayBuffer(Slot.bytesFor(size)))
    const place = { slotId: ++this.#slotCount, slot, skills: null }
    this.#send({ slotId: place.slotId, memory: slot.memory })
    return place
  }

  #introduce({ teamName, hashes, members }: Roster): void {
    if (this.#told.get(teamName) === hashes) return
    this.#told.set(teamName, hashes)
    this.#tell({ kind: 'roster', teamName, memberIds: members.map(({ userId }) => userId) })
  }

  /** After all that was asked or is to be learned before. */
  #tell(message: ToIndex): void {
    this.#sendAll()
    this.#send(JSON.stringify(message))
  }

  #send(message: string | NewSlot): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
    if (!this.#hasEnded) this.#worker.postMessage(message)
  }

  #nextId(): number {
    this.#lastId = (this.#lastId % MAX_ID) + 1
    return this.#lastId
  }

  #answerTo(id: number, message: ToIndex, patienceMs: number | null = PATIENCE_MS): Promise<Answer> {
    if (this.#hasEnded) return Promise.resolve(null)
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const timer = patienceMs === null ? undefined : setTimeout(() => this.#settle(id, null), patienceMs)
    this.#asked.set(id, (answer) => {
      clearTimeout(timer)
      resolve(answer)
    })
    this.#tell(message)
    return promise
  }

  #settle(id: number, answer: Answer): void {
    const settle = this.#asked.get(id)
    this.#asked.delete(id)
    settle?.(answer)
  }
}
